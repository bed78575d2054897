import { convnet, type MethodSetting, mlp, smooth, vit } from '../setting.ts';

export const setting: MethodSetting = {
  options: { prototypes: 12, local: { count: 2 } },
  smooth: {
    encoder: smooth.vit,
    options: { prototypes: 7, temperature: 1, frozenEpochs: 0, local: { count: 2 } },
  },
  encoders: [mlp, convnet, vit],
  trained: [vit],
  compares: true,
};
