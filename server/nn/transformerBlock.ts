import { gelu } from './activation.ts';
import { type AttentionContext, selfAttention } from './attention.ts';
import { dense } from './dense.ts';
import { layerNorm } from './layerNorm.ts';
import type { Forward, Scope } from './parameters.ts';
import * as tf from './tf.ts';

export interface TransformerBlockOptions {
  readonly width: number;
  readonly heads: number;
  /** Width of the hidden layer relative to `width`; default 4. */
  readonly mlpRatio?: number;
}

export interface BlockContext extends AttentionContext {
  /** Dropout of what attention and MLP add: two tensors that broadcast to x, of 0 and 1 / (1 - rate). */
  readonly dropout?: readonly [tf.Tensor, tf.Tensor] | undefined;
}

export type TransformerBlock = (forward: Forward, x: tf.Tensor, context?: BlockContext) => tf.Tensor;

/**
 * A pre-norm transformer block as in ViT (https://arxiv.org/abs/2010.11929):
 * x + attention(norm(x)), then x + mlp(norm(x)). [batch, tokens, width] -> same shape.
 */
export function transformerBlock(scope: Scope, options: TransformerBlockOptions): TransformerBlock {
  const { width, heads, mlpRatio = 4 } = options;
  const hidden = Math.round(width * mlpRatio);
  const epsilon = 1e-6; // as in ViT and MAE
  const norm1 = layerNorm(scope.child('norm1'), width, { epsilon });
  const attention = selfAttention(scope.child('attention'), width, heads);
  const norm2 = layerNorm(scope.child('norm2'), width, { epsilon });
  const widen = dense(scope.child('mlp1'), width, hidden);
  const narrow = dense(scope.child('mlp2'), hidden, width);
  return (forward, x, context = {}) => {
    const [first, second] = context.dropout ?? [];
    const attended = tf.add(x, dropped(attention(forward, norm1(forward, x), context), first));
    const mixed = narrow(forward, gelu(widen(forward, norm2(forward, attended))));
    return tf.add(attended, dropped(mixed, second));
  };
}

function dropped(x: tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
  return mask === undefined ? x : tf.mul(x, mask);
}
