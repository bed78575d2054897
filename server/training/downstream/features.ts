import type { Encoder, SampleShape } from '../../encoders/encoder.ts';
import type { PretextTask, TensorSpec } from '../../methods/method.ts';
import type { Forward, Named, Parameter } from '../../nn/parameters.ts';
import type * as tf from '../../nn/tf.ts';
import type { Engine, Program, Values } from '../engine/engine.ts';
import { createForward } from '../engine/forward.ts';
import { asFeatures, type Features } from '../health/features.ts';
import type { ReadSamples } from './samples.ts';

/** Something that turns samples x [batch, ...sample shape] into vectors, by name: each [batch, size]. */
export interface Model {
  /** Every parameter that `outputs` reads. */
  readonly parameters: readonly Parameter[];
  readonly sample: SampleShape;
  outputs(forward: Forward, x: tf.Tensor): Named<tf.Tensor2D>;
}

/**
 * The outputs at which a representation is judged: `encoder`, and what the pretext task adds (`projector`,
 * `predictor`) when it is given. `parameters`: those of the encoder, or of the whole task.
 */
export function representationModel(
  encoder: Encoder,
  sample: SampleShape,
  parameters: readonly Parameter[],
  task?: Pick<PretextTask, 'embeddings'>,
): Model {
  return {
    parameters,
    sample,
    outputs: (forward, x) => ({ encoder: encoder.features(forward, x), ...task?.embeddings?.(forward, x) }),
  };
}

export interface ExtractOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Runs a model over samples in batches of one size. Prepared once, used every epoch with new values. */
export class FeatureExtractor {
  private constructor(
    private readonly model: Model,
    private readonly program: Program,
    private readonly batchSize: number,
    private readonly sampleSize: number,
  ) {}

  static async create(engine: Engine, model: Model, batchSize = 256): Promise<FeatureExtractor> {
    const inputs: Record<string, TensorSpec> = {};
    for (const { name, shape } of model.parameters) inputs[name] = { shape, dtype: 'float32' };
    inputs.x = { shape: [batchSize, ...model.sample.shape], dtype: 'float32' };
    const program = await engine.program(({ x, ...tensors }) => {
      // Evaluation: batch norm uses its running statistics, so rows do not see each other.
      const { forward } = createForward(tensors, { training: false, target: tensors });
      return model.outputs(forward, x!);
    }, inputs);
    const sampleSize = model.sample.shape.reduce((product, length) => product * length, 1);
    return new FeatureExtractor(model, program, batchSize, sampleSize);
  }

  /**
   * Outputs for the samples at `indices`, in that order. `values` holds at least the model's parameters. The last,
   * partial batch is padded with zeros whose results are dropped; the next batch is read while one computes.
   */
  async extract(
    values: Values,
    read: ReadSamples,
    indices: Int32Array,
    { signal, onProgress }: ExtractOptions = {},
  ): Promise<Named<Features>> {
    await this.program.bind(
      Object.fromEntries(this.model.parameters.map(({ name }) => [name, values[name]!])),
    );
    const { batchSize, sampleSize } = this;
    const collected: Record<string, { values: Float32Array; size: number }> = {};
    const readAt = (start: number) => read(indices.subarray(start, start + batchSize), 0);
    let next = indices.length > 0 ? readAt(0) : undefined;
    for (let start = 0; next !== undefined; start += batchSize) {
      const samples = await next;
      signal?.throwIfAborted();
      next = start + batchSize < indices.length ? readAt(start + batchSize) : undefined;
      const rows = samples.length / sampleSize;
      const x = rows === batchSize ? samples : padded(samples, batchSize * sampleSize);
      let outputs: Awaited<ReturnType<Program['run']>>;
      try {
        outputs = await this.program.run({ x });
      } catch (error) {
        await next?.catch(() => {}); // the read ahead must not fail unheard
        throw error;
      }
      for (const [name, output] of Object.entries(outputs)) {
        const size = output.length / batchSize;
        collected[name] ??= { values: new Float32Array(indices.length * size), size };
        collected[name].values.set((output as Float32Array).subarray(0, rows * size), start * size);
      }
      onProgress?.(Math.min(start + rows, indices.length), indices.length);
    }
    return Object.fromEntries(
      Object.entries(collected).map(([name, { values, size }]) => [name, asFeatures(values, size)]),
    );
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}

function padded(values: Float32Array, length: number): Float32Array {
  const longer = new Float32Array(length);
  longer.set(values);
  return longer;
}
