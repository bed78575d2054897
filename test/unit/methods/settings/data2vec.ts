import { type MethodSetting, smooth, transformer, vit } from '../setting.ts';

export const setting: MethodSetting = {
  smooth: { encoder: { ...smooth.vit, depth: 2 }, options: { layers: 2, beta: 0 } },
  encoders: [vit, { ...vit, depth: 2, pool: 'class' }, transformer],
  trained: [vit, transformer],
  random: true,
};
