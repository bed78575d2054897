import type { SampleShape } from '../../../server/encoders/encoder.ts';
import type { InputArray } from '../../../server/methods/method.ts';
import type { Named } from '../../../server/nn/parameters.ts';
import type { Modality } from '../../../server/protocol/data.ts';
import { hasTarget } from '../../../server/trainer/model.ts';
import type { StepDefinition } from '../../../server/training/engine/engine.ts';
import { normals } from '../../support/numeric.ts';
import type { TestedMethod } from './settings.ts';
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
  /** The kind of data, if not the first that the method names. */
  readonly modality?: Modality;
}

/** Rows of a table: a colour of three, and three numbers. */
const columns = [
  { name: 'colour', kind: 'categorical', start: 0, length: 3 } as const,
  ...[3, 4, 5].map((start) => ({ name: `${start}`, kind: 'numeric', start, length: 1 }) as const),
];

/** A sample of each kind; a sound looks like a grey image. */
export function sampleOf(modality: Modality, side: number, channels = 1): SampleShape {
  if (modality === 'table') return table(6);
  if (modality === 'text') return text(7, 12);
  return modality === 'audio' ? sound(side, side) : image(side, side, channels);
}

/** Rows for methods that exchange values between them. */
export function drawRows(columns: number, count: number): { count: number; values: Float32Array } {
  return { count, values: normals([count, columns], 'rows').dataSync() as Float32Array };
}

/** The method on small samples of a kind of data that it knows. */
export function small(
  { method, setting, options, ...of }: TestedMethod,
  { encoder, batchSize, side, modality: asked }: SmallSetting,
): Small {
  const modality = asked ?? (encoder.type === 'transformer' ? 'text' : of.modality);
  const sample = sampleOf(modality, side, setting.channels);
  const isTable = modality === 'table' && { rows: drawRows(6, 20), columns };
  const built = build(method, sample, { encoder, batchSize, options, ...isTable });
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
