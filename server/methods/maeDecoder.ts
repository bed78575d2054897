import type { TokenEncoder } from '../encoders/encoder.ts';
import { dense } from '../nn/dense.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import type { Forward, Layer, Scope } from '../nn/parameters.ts';
import { sinCosPositions2d } from '../nn/positions.ts';
import { permuteRows } from '../nn/rows.ts';
import { broadcast } from '../nn/shapes.ts';
import * as tf from '../nn/tf.ts';
import { transformerBlock } from '../nn/transformerBlock.ts';

export interface MaeDecoderOptions {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
}

/**
 * Encoded visible tokens [batch, visible (+1 with class token), width], in the order of `order` (see masking.ts) ->
 * predicted patches of all tokens in reading order, [batch, count, rawSize].
 */
export type MaeDecoder = (
  forward: Forward,
  encoded: tf.Tensor3D,
  order: tf.Tensor1D,
  inverse: tf.Tensor1D,
) => tf.Tensor3D;

/** A narrow transformer (section 3 of https://arxiv.org/abs/2111.06377) with fixed sine-cosine positions. */
export function maeDecoder(
  scope: Scope,
  tokens: TokenEncoder,
  { width, depth, heads }: MaeDecoderOptions,
): MaeDecoder {
  const embed = dense(scope.child('embed'), tokens.width, width);
  const maskToken = scope.weight(
    'maskToken',
    [width],
    { kind: 'truncatedNormal', std: 0.02 },
    { decay: false },
  );
  const blocks: Layer[] = Array.from({ length: depth }, (_, i) =>
    transformerBlock(scope.child(`block${i + 1}`), { width, heads }),
  );
  const norm = layerNorm(scope.child('norm'), width);
  const output = dense(scope.child('output'), width, tokens.rawSize);
  const positions = sinCosPositions2d(width, tokens.grid);

  return (forward, encoded, order, inverse) => {
    const [batch, kept] = encoded.shape;
    const { count } = tokens;
    const visible = tokens.classToken ? kept - 1 : kept;
    let x = embed(forward, encoded);
    let classRows: tf.Tensor | undefined;
    if (tokens.classToken) [classRows, x] = tf.split(x, [1, visible], 1) as [tf.Tensor, tf.Tensor];

    const masked = broadcast(forward.read(maskToken), [batch * (count - visible), width]);
    const sorted = tf.concat([tf.reshape(x, [batch * visible, width]), masked], 0); // in the order of `order`
    const all = tf.reshape(permuteRows(sorted, inverse, order), [batch, count, width]);
    x = tf.add(all, tf.tensor3d(positions, [1, count, width]));
    if (classRows !== undefined) x = tf.concat([classRows, x], 1);
    for (const block of blocks) x = block(forward, x);
    if (classRows !== undefined) x = tf.split(x, [1, count], 1)[1] as tf.Tensor;
    return output(forward, norm(forward, x)) as tf.Tensor3D;
  };
}
