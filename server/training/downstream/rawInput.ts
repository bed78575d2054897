import type { SampleShape } from '../../encoders/encoder.ts';
import type { Dataset, RawInput, SampleLoader } from '../data/dataset.ts';
import { asFeatures, type Features } from '../health/features.ts';
import { readerOf } from './samples.ts';

/** What the raw-input control sees: what the data offers for it, or a sample's own values as they enter the encoder. */
export function rawInputOf(
  { rawInput }: Pick<Dataset, 'rawInput'>,
  { shape }: SampleShape,
  loader: SampleLoader,
): RawInput {
  if (rawInput !== undefined) return rawInput;
  const read = readerOf(loader);
  return {
    words: 'normalised input',
    size: shape.reduce((product, length) => product * length, 1),
    read: (indices) => read(indices, 0),
  };
}

/** Reads raw input in pieces. */
export async function readRaw(
  { read, size }: RawInput,
  indices: Int32Array,
  signal?: AbortSignal | undefined,
): Promise<Features> {
  const values = new Float32Array(indices.length * size);
  for (let start = 0; start < indices.length; start += 256) {
    signal?.throwIfAborted();
    values.set(await read(indices.subarray(start, start + 256)), start * size);
  }
  return asFeatures(values, size);
}
