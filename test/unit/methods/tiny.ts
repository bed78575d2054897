import type { EncoderDefinition, SampleShape } from '../../../server/encoders/encoder.ts';
import { encoders } from '../../../server/encoders/registry.ts';
import type {
  InputArray,
  Method,
  PreparedBatch,
  PretextContext,
  PretextTask,
  ViewRequest,
} from '../../../server/methods/method.ts';
import { type Named, type Parameter, Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { firstToken, specialTokens } from '../../../server/protocol/tokens.ts';
import { type Random, randomAt } from '../../../server/random.ts';
import { type TestForward, testForward } from '../../support/forward.ts';
import { normals } from '../../support/numeric.ts';

export const image = (...shape: number[]): SampleShape => ({ modality: 'image', shape });
export const sound = (mels: number, frames: number): SampleShape => ({
  modality: 'audio',
  shape: [mels, frames, 1],
});
export const table = (columns: number): SampleShape => ({ modality: 'table', shape: [columns] });

export const text = (length: number, vocabulary: number): SampleShape => ({
  modality: 'text',
  shape: [length],
  vocabulary,
});

/** Samples as the loader gives them: normally distributed values, or texts of different lengths. */
export function drawSamples(sample: SampleShape, count: number, stream: string): Float32Array {
  const { shape, vocabulary } = sample;
  if (vocabulary === undefined) return normals([count, ...shape], stream).dataSync() as Float32Array;
  const random = randomAt(0, stream);
  const length = shape[0]!;
  const { begin, end } = specialTokens;
  return Float32Array.from(
    Array.from({ length: count }, (_, i) => {
      const words = Array.from(
        { length: Math.max(1, length - 2 - (i % 3)) },
        () => firstToken + random.integer(vocabulary - firstToken),
      );
      return [begin, ...words, end, ...Array<number>(length).fill(0)].slice(0, length);
    }).flat(),
  );
}

export interface Setting {
  /** `type` and options as in the config. */
  readonly encoder: { readonly type: string; readonly [option: string]: unknown };
  readonly options?: object;
  readonly batchSize?: number;
  readonly columns?: PretextContext['columns'];
  readonly rows?: PretextContext['rows'];
}

export interface Built {
  readonly task: PretextTask;
  readonly parameters: readonly Parameter[];
  readonly forward: TestForward;
  /** The generator of one step. */
  random(step: number): Random;
}

/** A method on a small encoder, with every parameter started. */
export function build(method: Method, sample: SampleShape, setting: Setting): Built {
  const scope = new Scope();
  const { type, ...encoderOptions } = setting.encoder;
  const definition = encoders[type] as EncoderDefinition;
  const encoder = definition.build(scope.child('encoder'), sample, definition.options.parse(encoderOptions));
  const task = method.build(
    {
      scope,
      encoder,
      sample,
      batchSize: setting.batchSize ?? 4,
      ...(setting.columns && { columns: setting.columns }),
      ...(setting.rows && { rows: setting.rows }),
    },
    method.options.parse(setting.options ?? {}),
  );
  return {
    task,
    parameters: scope.parameters,
    forward: testForward(scope.parameters),
    random: (step) => randomAt(7, 'pretext', step),
  };
}

/** A batch of drawn samples, one array a view. */
export function plainBatch(
  batch: number,
  of: SampleShape | readonly number[],
  views: readonly ViewRequest[] = ['plain'],
): PreparedBatch {
  const sample: SampleShape = 'modality' in of ? of : image(...of);
  const arrays = views.map((request, view) => {
    const own = typeof request === 'string' ? sample.shape : [...request.size, ...sample.shape.slice(2)];
    return drawSamples({ ...sample, shape: own }, batch, `view ${view}`);
  });
  return batchOf(batch, ...arrays);
}

/** The first samples, in these views, at the start of a training. */
export function batchOf(count: number, ...views: Float32Array[]): PreparedBatch {
  return { views, indices: Int32Array.from({ length: count }, (_, i) => i), epoch: 0, progress: 0 };
}

/** The prepared arrays as tensors of the declared shapes. */
export function tensors(task: PretextTask, arrays: Named<InputArray>): Named<tf.Tensor> {
  return Object.fromEntries(
    Object.entries(task.inputs).map(([name, { shape, dtype }]) => [
      name,
      tf.tensor(arrays[name]!, [...shape], dtype),
    ]),
  );
}
