import { type MethodSetting, transformer } from '../setting.ts';

export const setting: MethodSetting = {
  options: { decoder: { heads: 2 } },
  smooth: { options: { decoder: { heads: 2 } } },
  encoders: [transformer, { ...transformer, positions: 'rotary', attention: 'causal' }],
  random: true,
};
