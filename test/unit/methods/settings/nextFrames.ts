import { type MethodSetting, smooth } from '../setting.ts';

export const setting: MethodSetting = {
  options: { ahead: 2 },
  smooth: { options: { decoder: smooth.decoder, ahead: 2 } },
  random: true,
};
