import type { Layer, Scope } from './parameters.ts';
import { lastAxis, toRows } from './shapes.ts';
import { withoutGradient } from './stopGradient.ts';
import * as tf from './tf.ts';

export interface BatchNormOptions {
  /** Share of the new batch in the running statistics, as in PyTorch; default 0.1. */
  readonly momentum?: number;
  /** Default 1e-5. */
  readonly epsilon?: number;
  /** Learned scale and shift per channel; default true. */
  readonly affine?: boolean;
}

/**
 * Batch normalization (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167) of the last axis, over all others:
 * [batch, channels] or [batch, h, w, channels]. While training it normalizes with the batch's mean and biased
 * variance and moves the running mean and unbiased variance (PyTorch's convention); otherwise it uses those.
 */
export function batchNorm(scope: Scope, channels: number, options: BatchNormOptions = {}): Layer {
  const { momentum = 0.1, epsilon = 1e-5, affine = true } = options;
  const one = { kind: 'constant', value: 1 } as const;
  const zero = { kind: 'constant', value: 0 } as const;
  const weight = affine ? scope.weight('weight', [channels], one, { decay: false }) : undefined;
  const bias = affine ? scope.weight('bias', [channels], zero, { decay: false }) : undefined;
  const runningMean = scope.buffer('runningMean', [channels], zero);
  const runningVariance = scope.buffer('runningVariance', [channels], one);

  return (forward, input) => {
    if (lastAxis(input) !== channels)
      throw new Error(`${runningMean.name}: expected [..., ${channels}], found [${input.shape.join(', ')}].`);
    const x = toRows(input);
    const scale = weight === undefined ? undefined : forward.read(weight);
    const shift = bias === undefined ? undefined : forward.read(bias);
    let y: tf.Tensor;
    if (forward.training) {
      const count = x.shape[0];
      if (count < 2)
        throw new Error(
          `${runningMean.name}: batch normalization needs at least 2 values per channel; use a larger batch.`,
        );
      const mean = withoutGradient(() => tf.mean(x, 0));
      const variance = withoutGradient(() => tf.mean(tf.square(tf.sub(x, mean)), 0));
      const unbiased = (momentum * count) / (count - 1);
      forward.write(
        runningMean,
        withoutGradient(() => moved(forward.read(runningMean), mean, momentum, momentum)),
      );
      forward.write(
        runningVariance,
        withoutGradient(() => moved(forward.read(runningVariance), variance, momentum, unbiased)),
      );
      const inverse = withoutGradient(() => tf.rsqrt(tf.add(variance, epsilon)));
      y = normalizeByBatch(x, mean, inverse, scale, shift);
    } else {
      const inverse = tf.rsqrt(tf.add(forward.read(runningVariance), epsilon));
      const factor = scale === undefined ? inverse : tf.mul(inverse, scale);
      const centre = tf.mul(forward.read(runningMean), factor);
      y = tf.add(tf.mul(x, factor), shift === undefined ? tf.neg(centre) : tf.sub(shift, centre));
    }
    return input.rank === 2 ? y : tf.reshape(y, input.shape);
  };
}

/** (1 - momentum) * running + share * batch. */
function moved(running: tf.Tensor, batch: tf.Tensor, momentum: number, share: number): tf.Tensor {
  return tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, share));
}

/**
 * (x - mean) * inverse * scale + shift over the rows of x, where mean and inverse standard deviation come from x
 * itself. Written by hand, the gradient is two sums and four elementwise passes:
 * dx = scale * inverse * (dy - mean(dy) - normalized * mean(dy * normalized)).
 */
function normalizeByBatch(
  x: tf.Tensor2D,
  mean: tf.Tensor,
  inverse: tf.Tensor,
  scale: tf.Tensor | undefined,
  shift: tf.Tensor | undefined,
): tf.Tensor {
  const count = x.shape[0];
  const op = tf.customGrad((...args) => {
    const x = args[0] as tf.Tensor2D;
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const factor = scale === undefined ? inverse : tf.mul(inverse, scale);
    const centred = tf.sub(x, mean);
    save([centred, inverse, factor]);
    const scaled = tf.mul(centred, factor);
    return {
      value: shift === undefined ? scaled : tf.add(scaled, shift),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [centred, inverse, factor] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const sum = tf.sum(dy, 0);
        const product = tf.mul(tf.sum(tf.mul(dy, centred), 0), inverse);
        const slope = tf.mul(tf.mul(factor, inverse), tf.mul(product, 1 / count));
        const offset = tf.mul(factor, tf.mul(sum, 1 / count));
        const dx = tf.sub(tf.sub(tf.mul(dy, factor), tf.mul(centred, slope)), offset);
        return scale === undefined ? [dx] : [dx, product, sum];
      },
    };
  });
  return scale === undefined || shift === undefined ? op(x) : op(x, scale, shift);
}
