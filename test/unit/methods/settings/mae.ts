import { type MethodSetting, smooth, vit } from '../setting.ts';

export const setting: MethodSetting = {
  options: { decoder: { width: 16, depth: 1, heads: 2 } },
  smooth: {
    encoder: { ...smooth.vit, pool: 'class' },
    options: { decoder: { width: 8, depth: 1, heads: 2 } },
  },
  encoders: [vit, { ...vit, pool: 'class' }],
  trained: [vit],
  random: true,
};
