import type { MethodSetting } from '../setting.ts';

export const setting: MethodSetting = {
  smooth: { options: { temperature: 0.5 } },
  random: true,
  compares: true,
};
