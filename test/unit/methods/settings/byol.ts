import { convnet, type MethodSetting } from '../setting.ts';

export const setting: MethodSetting = {
  trained: [convnet], // Up to 2e-3 from step 3 on, seen in the loss.
  epsilon: 1e-4,
  compares: true,
};
