import { convnet, type MethodSetting } from '../setting.ts';

export const setting: MethodSetting = {
  options: { orders: 10, hidden: 10 },
  smooth: { options: { orders: 5, hidden: 6 } },
  trained: [convnet],
  random: true,
};
