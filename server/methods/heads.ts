import * as z from 'zod';
import { gelu, relu } from '../nn/activation.ts';
import { batchNorm } from '../nn/batchNorm.ts';
import { dense } from '../nn/dense.ts';
import { beforeNorm } from '../nn/initializers.ts';
import type { Forward, Layer, Scope } from '../nn/parameters.ts';
import type * as tf from '../nn/tf.ts';

export interface HeadOptions {
  readonly hidden: number;
  readonly size: number;
  readonly layers: number;
  readonly norm: 'batch' | 'none';
}

/** A small network behind the encoder: [batch, inputs] -> [batch, size]. */
export interface Head {
  readonly size: number;
  apply(forward: Forward, x: tf.Tensor): tf.Tensor2D;
}

const norm = z
  .enum(['batch', 'none'])
  .describe('Normalization in the head; without it several methods collapse, which can be shown with none.');

/** `projector:` of a method. `paper` says what the paper used, where the default is smaller. */
export function projectorOptions(defaults: HeadOptions, paper: string) {
  const width = (what: string) => z.int().min(1).max(16384).describe(`${what} (paper: ${paper}).`);
  return z
    .strictObject({
      hidden: width('Width of the hidden layers of the projector').default(defaults.hidden),
      size: width('Length of the projection, on which the loss is computed').default(defaults.size),
      layers: z
        .int()
        .min(1)
        .max(8)
        .describe('Layers of the projector, the last one included.')
        .default(defaults.layers),
      norm: norm.default(defaults.norm),
    })
    .describe('The network between encoder and loss; thrown away after pretraining.')
    .prefault({});
}

/** `predictor:` of SimSiam and BYOL: two layers from projection to projection. */
export function predictorOptions(hidden: number, paper: string) {
  return z
    .strictObject({
      hidden: z
        .int()
        .min(1)
        .max(16384)
        .describe(`Width of the hidden layer of the predictor (paper: ${paper}).`)
        .default(hidden),
      norm: norm.default('batch'),
    })
    .describe('The network that predicts the projection of one view from the other.')
    .prefault({});
}

/**
 * An MLP: `layers` dense layers, ReLU (or GELU) between them, batch normalization before each where `norm` is batch.
 * `outputNorm` also normalizes the output (without learned scale and shift), still subject to `norm`.
 */
export function mlpHead(
  scope: Scope,
  inputs: number,
  options: HeadOptions,
  {
    outputNorm = false,
    outputBias = true,
    activation = 'relu',
  }: { outputNorm?: boolean; outputBias?: boolean; activation?: 'relu' | 'gelu' } = {},
): Head {
  const nonlinearity = activation === 'gelu' ? gelu : relu;
  const layers: Layer[] = [];
  let width = inputs;
  for (let i = 1; i <= options.layers; i++) {
    const last = i === options.layers;
    const outputs = last ? options.size : options.hidden;
    const normalized = options.norm === 'batch' && (!last || outputNorm);
    layers.push(
      dense(scope.child(`dense${i}`), width, outputs, {
        bias: !normalized && (!last || outputBias),
        ...(normalized
          ? { init: beforeNorm(width) }
          : last
            ? {}
            : { init: { kind: 'heNormal', fanIn: width } }),
      }),
    );
    if (normalized) layers.push(batchNorm(scope.child(`norm${i}`), outputs, { affine: !last }));
    if (!last) layers.push((_, x) => nonlinearity(x));
    width = outputs;
  }
  return {
    size: options.size,
    apply: (forward, x) => layers.reduce((y, layer) => layer(forward, y), x) as tf.Tensor2D,
  };
}
