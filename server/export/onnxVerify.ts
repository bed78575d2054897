import type { Named } from '../nn/parameters.ts';
import { type Random, randomAt } from '../random.ts';
import type { Engine } from '../training/engine/engine.ts';
import { createForward } from '../training/engine/forward.ts';
import { createSession, loadRuntime } from '../training/engine/runtime.ts';
import { type InputFacts, inputType, type TrainedEncoder } from './encoderFacts.ts';

/** Largest difference between exported and engine features, relative to the largest feature (at least 1). */
const tolerance = 1e-4;

/**
 * Runs an exported encoder in ONNX Runtime on random samples and compares its features with the engine's.
 * @param batches the batch sizes to try
 * @returns the largest difference
 * @throws Error when it is above 1e-4, or when the model does not run
 */
export async function verifyOnnx(
  model: Uint8Array,
  trained: TrainedEncoder,
  engine: Engine,
  batches: readonly number[],
): Promise<number> {
  const { shape } = trained.facts.sample;
  const length = shape.reduce((product, size) => product * size, 1);
  const count = Math.max(...batches);
  const samples = drawSamples(trained.facts, count * length, randomAt(0, 'export'));
  const expected = await engineFeatures(trained, engine, samples, count);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);

  const { Tensor } = await loadRuntime();
  const session = await createSession(model, { target: 'cpu', threads: 1, spin: false });
  try {
    let worst = 0;
    for (const batch of batches) {
      const some = samples.subarray(0, batch * length);
      const dims = [batch, ...shape];
      const x =
        inputType(trained.facts) === 'int32'
          ? new Tensor('int32', Int32Array.from(some), dims)
          : new Tensor('float32', some, dims);
      const { features } = await session.run({ x });
      const wanted = expected.subarray(0, batch * trained.encoder.size);
      const error = largestDifference(features!.data as Float32Array, wanted) / largest;
      if (!(error <= tolerance))
        throw new Error(
          `The exported ONNX encoder does not give the engine's features: they differ by ${error.toExponential(1)} with a batch of ${batch}, ${tolerance} is allowed. It was not written; please report this.`,
        );
      worst = Math.max(worst, error);
    }
    return worst;
  } finally {
    await session.release();
  }
}

/** Pixels in 0..1, table values around 0, or texts of all lengths with their padding. */
function drawSamples({ sample }: InputFacts, count: number, random: Random): Float32Array {
  if (sample.modality === 'text') return drawTexts(sample, count, random);
  const draw = sample.modality === 'image' ? () => random.between(0, 1) : () => random.normal();
  return Float32Array.from({ length: count }, draw);
}

function drawTexts(
  { shape: [length = 1], vocabulary = 1 }: InputFacts['sample'],
  count: number,
  random: Random,
): Float32Array {
  const samples = new Float32Array(count);
  for (let start = 0; start < count; start += length)
    for (let i = 0, end = 1 + random.integer(length); i < end; i++)
      samples[start + i] = 1 + random.integer(vocabulary - 1);
  return samples;
}

async function engineFeatures(
  { encoder, parameters, values, facts }: TrainedEncoder,
  engine: Engine,
  samples: Float32Array,
  count: number,
): Promise<Float32Array> {
  const inputs: Named<{ shape: readonly number[]; dtype: 'float32' }> = {};
  for (const { name, shape } of parameters) inputs[name] = { shape, dtype: 'float32' };
  inputs.x = { shape: [count, ...facts.sample.shape], dtype: 'float32' };
  const program = await engine.program(({ x, ...tensors }) => {
    const { forward } = createForward(tensors, { training: false, target: tensors });
    return { features: encoder.features(forward, x!) };
  }, inputs);
  try {
    await program.bind(Object.fromEntries(parameters.map(({ name }) => [name, values[name]!])));
    const { features } = await program.run({ x: normalize(samples, facts) });
    return features as Float32Array;
  } finally {
    await program.dispose();
  }
}

function normalize(samples: Float32Array, { normalization }: InputFacts): Float32Array {
  if (!normalization) return samples;
  const { mean, std } = normalization;
  return samples.map((value, i) => (value - mean[i % mean.length]!) / std[i % std.length]!);
}

/** NaN when either holds one, or when their lengths differ. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.NaN;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(difference)) return Number.NaN;
    worst = Math.max(worst, difference);
  }
  return worst;
}
