import { autoencoder } from './autoencoder.ts';
import { barlowTwins } from './barlowTwins.ts';
import { byol } from './byol.ts';
import { clm } from './clm.ts';
import { cola } from './cola.ts';
import { colourisation } from './colourisation.ts';
import { data2vec } from './data2vec.ts';
import { denoising } from './denoising.ts';
import { dino } from './dino.ts';
import { inpainting } from './inpainting.ts';
import { jigsaw } from './jigsaw.ts';
import { mae } from './mae.ts';
import type { Method } from './method.ts';
import { mlm } from './mlm.ts';
import { mocoV3 } from './mocoV3.ts';
import { nextFrames } from './nextFrames.ts';
import { rotation } from './rotation.ts';
import { scarf } from './scarf.ts';
import { simclr } from './simclr.ts';
import { simcse } from './simcse.ts';
import { simsiam } from './simsiam.ts';
import { swav } from './swav.ts';
import { tsdae } from './tsdae.ts';
import { vicreg } from './vicreg.ts';
import { vime } from './vime.ts';

/** All methods by name, in the order in which they are offered. */
export const methods: Record<string, Method> = {
  autoencoder,
  denoising,
  mae,
  inpainting,
  colourisation,
  rotation,
  jigsaw,
  simclr,
  mocoV3,
  simsiam,
  byol,
  vicreg,
  barlowTwins,
  swav,
  dino,
  data2vec,
  cola,
  nextFrames,
  vime,
  scarf,
  mlm,
  clm,
  tsdae,
  simcse,
};
