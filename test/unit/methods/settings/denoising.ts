import { convnet, type MethodSetting, mlp, rectified, smooth, transformer } from '../setting.ts';

export const setting: MethodSetting = {
  smooth: {
    encoder: { type: 'convnet', width: 4, size: 6, norm: 'none' },
    options: { decoder: smooth.decoder },
  },
  encoders: [mlp, convnet, transformer],
  trained: [rectified, transformer],
  random: true,
};
