import { convnet, type MethodSetting, mlp, smooth, transformer, vit } from '../setting.ts';

export const setting: MethodSetting = {
  smooth: { options: { decoder: smooth.decoder } },
  encoders: [mlp, convnet, vit, transformer],
  trained: [convnet, transformer],
};
