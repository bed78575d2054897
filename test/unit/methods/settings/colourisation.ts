import { convnet, type MethodSetting, smooth } from '../setting.ts';

export const setting: MethodSetting = {
  options: { bins: 3 },
  smooth: { options: { decoder: smooth.decoder, bins: 3 } },
  trained: [convnet],
  channels: 3,
};
