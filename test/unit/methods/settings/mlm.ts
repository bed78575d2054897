import { type MethodSetting, transformer } from '../setting.ts';

export const setting: MethodSetting = {
  smooth: { options: { maskRatio: 0.4 } },
  encoders: [transformer, { ...transformer, pooling: 'cls' }],
  random: true,
};
