import { embedding } from '../nn/embedding.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import type { Scope } from '../nn/parameters.ts';
import { rotary } from '../nn/rotary.ts';
import * as tf from '../nn/tf.ts';
import { transformerBlock } from '../nn/transformerBlock.ts';
import type { SequenceEncoder } from './encoder.ts';

export interface SequenceOptions {
  readonly length: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpRatio: number;
  readonly positions: 'learned' | 'rotary';
  readonly causal: boolean;
  readonly pooling: 'mean' | 'cls';
}

/** Far below every score: its softmax is 0. */
const hidden = -1e9;

/** A pre-norm transformer over numbered tokens; depth 0 is the embedding, block i has depth i. */
export function sequenceEncoder(scope: Scope, options: SequenceOptions): SequenceEncoder {
  const { length, vocabulary, width, depth, heads, causal, pooling } = options;
  const table = embedding(scope.child('embed', 0), vocabulary, width);
  const places =
    options.positions === 'learned'
      ? scope.child('positions', 0).weight('weight', [length, width], { kind: 'truncatedNormal', std: 0.02 })
      : undefined;
  const rotation = options.positions === 'rotary' ? rotary(width / heads, length) : undefined;
  const blocks = Array.from({ length: depth }, (_, i) =>
    transformerBlock(scope.child(`block${i + 1}`, i + 1), options),
  );
  const norm = layerNorm(scope.child('norm', depth), width, { epsilon: 1e-6 });

  return {
    length,
    width,
    vocabulary,
    depth,
    causal,
    ids: (x) => tf.cast(x, 'int32') as tf.Tensor2D,
    present: (ids) => tf.cast(tf.notEqual(ids, tf.scalar(0, 'int32')), 'float32') as tf.Tensor2D,
    embed(forward, ids) {
      const tokens = table.apply(forward, ids);
      return (places === undefined ? tokens : tf.add(tokens, forward.read(places))) as tf.Tensor3D;
    },
    encode(forward, embedded, { present, dropout }) {
      const masks = dropout === undefined ? undefined : tf.split(dropout, 1 + 2 * depth, 1);
      const bias = attentionBias(present, causal);
      const layers: tf.Tensor3D[] = [];
      let x: tf.Tensor = masks === undefined ? embedded : tf.mul(embedded, masks[0]!);
      blocks.forEach((block, i) => {
        const pair = masks === undefined ? undefined : ([masks[2 * i + 1]!, masks[2 * i + 2]!] as const);
        x = block(forward, x, { bias, rotation, dropout: pair });
        layers.push(x as tf.Tensor3D);
      });
      return { tokens: norm(forward, x) as tf.Tensor3D, layers };
    },
    pool(tokens, present) {
      const batch = tokens.shape[0];
      if (pooling === 'cls') return tf.reshape(tf.slice(tokens, [0, 0, 0], [-1, 1, -1]), [batch, width]);
      const counts = tf.maximum(tf.sum(present, 1, true), 1);
      return tf.div(tf.sum(tf.mul(tokens, tf.expandDims(present, 2)), 1), counts);
    },
    scores: (forward, rows) => table.scores(forward, rows),
  };
}

/** What hides padding, and with `causal` what comes later: [batch, 1, 1 or length, length]. */
function attentionBias(present: tf.Tensor2D, causal: boolean): tf.Tensor {
  const [batch, length] = present.shape;
  const padding = tf.mul(tf.sub(1, tf.reshape(present, [batch, 1, 1, length])), hidden);
  if (!causal) return padding;
  const later = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? hidden : 0,
  );
  return tf.add(padding, tf.tensor4d(later, [1, 1, length, length]));
}
