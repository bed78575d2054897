import { type MethodSetting, smooth, transformer } from '../setting.ts';

export const setting: MethodSetting = {
  smooth: { encoder: { ...smooth.transformer, attention: 'causal', positions: 'rotary' } },
  encoders: [{ ...transformer, positions: 'rotary', attention: 'causal' }],
  trained: [{ ...transformer, attention: 'causal' }],
};
