import { convnet, type MethodSetting, smooth } from '../setting.ts';

export const setting: MethodSetting = {
  smooth: { options: { decoder: smooth.decoder } },
  trained: [convnet],
  random: true,
};
