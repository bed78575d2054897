import { sinCosPositions1d } from './positions.ts';
import * as tf from './tf.ts';

/** Turns vectors [batch, tokens, size] by the position of their token; their lengths stay. */
export type Rotation = (x: tf.Tensor) => tf.Tensor;

/**
 * Rotary positions (Su et al. 2021, https://arxiv.org/abs/2104.09864): value i and value i + size / 2 of a query or
 * key are the plane that is turned by position / 10000^(2i / size), so that a score depends on how far two tokens
 * are apart. `size` is that of a head and even.
 */
export function rotary(size: number, tokens: number): Rotation {
  if (size % 2 !== 0) throw new Error(`Rotary positions need heads of even size, found ${size}.`);
  const table = sinCosPositions1d(size, [...Array(tokens).keys()]); // sines, then cosines
  const half = size / 2;
  const both = (part: 'sine' | 'cosine'): Float32Array =>
    table.map((_, i) => {
      const row = i - (i % size);
      return table[row + (i % half) + (part === 'sine' ? 0 : half)]!;
    });
  const [sines, cosines] = [both('sine'), both('cosine')];
  return (x) => {
    const [low, high] = tf.split(x, 2, 2) as [tf.Tensor, tf.Tensor];
    const quarter = tf.concat([tf.neg(high), low], 2);
    const shape: [number, number] = [tokens, size];
    return tf.add(tf.mul(x, tf.tensor2d(cosines, shape)), tf.mul(quarter, tf.tensor2d(sines, shape)));
  };
}
