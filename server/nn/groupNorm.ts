import { standardizeRows } from './layerNorm.ts';
import type { Layer, Scope } from './parameters.ts';
import * as tf from './tf.ts';

/**
 * Group normalization (Wu & He 2018, https://arxiv.org/abs/1803.08494): each sample's channels are normalized in
 * `groups` groups of neighbours, over all positions. [batch, h, w, channels] or [batch, channels]; independent of
 * the batch, so the same in training and evaluation.
 */
export function groupNorm(
  scope: Scope,
  channels: number,
  options: { groups?: number; epsilon?: number } = {},
): Layer {
  const { groups = defaultGroups(channels), epsilon = 1e-5 } = options;
  if (channels % groups !== 0) throw new Error(`${channels} channels do not divide into ${groups} groups.`);
  const weight = scope.weight('weight', [channels], { kind: 'constant', value: 1 }, { decay: false });
  const bias = scope.weight('bias', [channels], { kind: 'constant', value: 0 }, { decay: false });
  return (forward, x) => {
    const batch = x.shape[0] ?? 1;
    const positions = x.size / (batch * channels);
    const width = channels / groups;
    const grouped = tf.transpose(tf.reshape(x, [batch, positions, groups, width]), [0, 2, 1, 3]);
    const rows = tf.reshape(grouped, [batch * groups, positions * width]) as tf.Tensor2D;
    const normal = tf.reshape(standardizeRows(rows, epsilon), [batch, groups, positions, width]);
    const y = tf.reshape(tf.transpose(normal, [0, 2, 1, 3]), x.shape);
    return tf.add(tf.mul(y, forward.read(weight)), forward.read(bias));
  };
}

/** The largest divisor of the channels up to 32, the paper's number of groups, that leaves at least 2 per group. */
export function defaultGroups(channels: number): number {
  for (let groups = Math.min(32, Math.floor(channels / 2)); groups > 1; groups--) {
    if (channels % groups === 0) return groups;
  }
  return 1;
}
