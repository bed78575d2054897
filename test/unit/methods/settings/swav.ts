import type { MethodSetting } from '../setting.ts';

export const setting: MethodSetting = {
  // The codes are constants to the gradient; large epsilons keep them so for the differences too.
  smooth: { options: { prototypes: 7, epsilon: 1000 } },
  compares: true,
};
