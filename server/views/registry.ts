import { blur } from './blur.ts';
import { colorJitter } from './colorJitter.ts';
import { crop } from './crop.ts';
import { cutout } from './cutout.ts';
import { flip } from './flip.ts';
import { frequencyMask } from './frequencyMask.ts';
import { gain } from './gain.ts';
import { gray } from './gray.ts';
import { noise } from './noise.ts';
import { rotate } from './rotate.ts';
import { scale } from './scale.ts';
import { shift } from './shift.ts';
import { timeMask } from './timeMask.ts';
import { timeShift } from './timeShift.ts';
import type { Transform } from './transform.ts';

/** All transforms, in the order in which they apply, whatever the order of the keys. */
export const transforms: readonly Transform[] = [
  crop,
  flip,
  rotate,
  shift,
  scale,
  timeShift,
  gain,
  colorJitter,
  gray,
  blur,
  noise,
  cutout,
  timeMask,
  frequencyMask,
];
