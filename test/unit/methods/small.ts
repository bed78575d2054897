import type { SampleShape } from '../../../server/encoders/encoder.ts';
import type { InputArray, Method } from '../../../server/methods/method.ts';
import type { Named } from '../../../server/nn/parameters.ts';
import { hasTarget } from '../../../server/trainer/model.ts';
import type { StepDefinition } from '../../../server/training/engine/engine.ts';
import { normals } from '../../support/numeric.ts';
import { type Built, build, image, plainBatch, type Setting, sound, table, text } from './tiny.ts';

/** A method with a batch to train on, as small as shows what it computes. */
export interface Small extends Built {
  readonly sample: SampleShape;
  /** Shape of a batch of plain samples. */
  readonly batchShape: readonly number[];
  /** What the loss reads at a step. */
  batch(step: number): Named<InputArray>;
  /** The training step as a run would define it. */
  definition(type: StepDefinition['optimizer']['type'], epsilon?: number): StepDefinition;
}

export interface SmallSetting {
  readonly encoder: Setting['encoder'];
  readonly batchSize: number;
  /** Images are side x side, and grey unless the method needs colours. */
  readonly side: number;
  /** A table, for methods that take images too. */
  readonly table?: boolean;
}

/** Rows of a table: a colour of three, and three numbers. */
const columns = [
  { name: 'colour', kind: 'categorical', start: 0, length: 3 } as const,
  ...[3, 4, 5].map((start) => ({ name: `${start}`, kind: 'numeric', start, length: 1 }) as const),
];

export const needsText = ({ modalities }: Method): boolean => !modalities.some((each) => each !== 'text');
export const needsTable = ({ modalities }: Method): boolean =>
  modalities.includes('table') && !modalities.includes('image');
/** Methods for sounds alone: their samples look like grey images. */
const needsSound = ({ modalities }: Method): boolean => !modalities.some((each) => each !== 'audio');

/** The method on small images, or on a small table when asked for, or on what it knows when that is no images. */
export function small(method: Method, { encoder, batchSize, side, table: asked }: SmallSetting): Small {
  const isTable = asked ?? needsTable(method);
  const sample = isTable
    ? table(6)
    : needsText(method) || encoder.type === 'transformer'
      ? text(7, 12)
      : needsSound(method)
        ? sound(side, side)
        : image(side, side, method.name === 'colourisation' ? 3 : 1);
  const rows = { count: 20, values: normals([20, 6], 'rows').dataSync() as Float32Array };
  const options = smallOptions(method);
  const built = build(method, sample, { encoder, batchSize, options, ...(isTable && { rows, columns }) });
  const { task, parameters, random } = built;
  return {
    ...built,
    sample,
    batchShape: [batchSize, ...sample.shape],
    batch: (step) => task.prepare(plainBatch(batchSize, sample, task.views), random(step)),
    definition: (type, epsilon = 1e-8) => ({
      parameters,
      inputs: task.inputs,
      loss: task.loss,
      hasTarget: hasTarget(task),
      optimizer: {
        type,
        beta1: 0.9,
        beta2: 0.999,
        epsilon,
        momentum: 0.9,
        weightDecay: 1e-4,
        trust: 0.001,
        clipNorm: 0,
      },
    }),
  };
}

/** Heads as small as the encoders of these tests. */
function smallOptions({ name, options }: Method): object {
  if (name === 'jigsaw') return { orders: 10, hidden: 10 };
  if (name === 'colourisation') return { bins: 3 };
  if (name === 'dino') return { projector: { hidden: 10, size: 8 }, prototypes: 12, local: { count: 2 } };
  if (name === 'tsdae') return { decoder: { heads: 2 } };
  if (name === 'mae') return { decoder: { width: 16, depth: 1, heads: 2 } };
  if (name === 'cola') return { size: 8 };
  if (name === 'nextFrames') return { ahead: 2 };
  return 'projector' in options.shape ? { projector: { hidden: 10, size: 8 } } : {};
}
