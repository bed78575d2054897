import type { MethodSetting } from '../setting.ts';

export const setting: MethodSetting = {
  options: { size: 8 },
  smooth: { options: { size: 5 } },
  compares: true,
  directed: true,
};
