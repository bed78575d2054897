import type { MethodSetting } from '../setting.ts';

export const setting: MethodSetting = {
  // The whole loss is differentiated; what the stop changes has a test of its own.
  smooth: { options: { stopGradient: false } },
  compares: true,
};
