import { transformer } from '../../../server/encoders/transformer.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import * as tf from '../../../server/nn/tf.ts';
import { normals } from '../../support/numeric.ts';
import { mean } from './float64.ts';
import { type Built, text } from './tiny.ts';

/** A small encoder of texts, and the texts that it reads. */
export const encoder = { type: 'transformer', width: 8, depth: 1, heads: 2 };
export const sample = text(7, 12);

/** Layer normalization of one vector, by its definition. */
export function normalized(
  x: readonly number[],
  scale: readonly number[],
  shift: readonly number[],
): number[] {
  const centre = mean(x);
  const deviation = Math.sqrt(mean(x.map((v) => (v - centre) ** 2)) + 1e-6);
  return x.map((v, i) => ((v - centre) / deviation) * scale[i]! + shift[i]!);
}

/** x Phi(x), with the error function as its Taylor series. */
export function gelu(x: number): number {
  const z = x / Math.SQRT2;
  let [term, total] = [z, z];
  for (let n = 1; n < 60; n++) {
    term *= -(z * z) / n;
    total += term / (2 * n + 1);
  }
  return (x / 2) * (1 + (2 / Math.sqrt(Math.PI)) * total);
}

/** What the encoder of a built method makes of texts, [text][place][width]; equal to PyTorch by a test of its own. */
export function encoded(
  { forward }: Built,
  options: object,
  ids: tf.Tensor,
): { tokens: number[][][]; last: number[][][] } {
  const { sequence } = transformer.build(
    new Scope().child('encoder'),
    sample,
    transformer.options.parse(options),
  );
  const present = sequence!.present(ids as tf.Tensor2D);
  const embedded = sequence!.embed(forward, ids as tf.Tensor2D);
  const { tokens, layers } = sequence!.encode(forward, embedded, { present });
  return { tokens: tokens.arraySync(), last: layers.at(-1)!.arraySync() };
}

export const row = (width: number, stream: string) => normals([1, width], stream) as tf.Tensor2D;
export const asVector = (x: tf.Tensor | undefined) => tf.reshape(x!, [x!.size]);
