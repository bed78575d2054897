import { convnet } from './convnet.ts';
import type { EncoderDefinition } from './encoder.ts';
import { mlp } from './mlp.ts';
import { transformer } from './transformer.ts';
import { vit } from './vit.ts';

/** Every encoder by the name that `encoder.type` takes. */
export const encoders: Record<string, EncoderDefinition> = { mlp, convnet, vit, transformer };
