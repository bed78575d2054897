import * as z from 'zod';
import { activation } from '../nn/activation.ts';
import { batchNorm } from '../nn/batchNorm.ts';
import { dense } from '../nn/dense.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import type { Initializer, Layer, Scope } from '../nn/parameters.ts';
import { flatten } from '../nn/shapes.ts';
import type * as tf from '../nn/tf.ts';
import { defineEncoder } from './encoder.ts';

const options = z.object({
  hidden: z
    .array(z.int().min(1).max(65536))
    .min(1)
    .max(64)
    .default([256, 128])
    .describe('Width of each layer, 1 to 65536; the last one is the length of the feature vector.'),
  activation: z
    .enum(['relu', 'gelu', 'tanh', 'sigmoid', 'identity'])
    .default('relu')
    .describe('Nonlinearity after every layer; identity makes the encoder linear.'),
  norm: z
    .enum(['none', 'batch', 'layer'])
    .default('none')
    .describe('Normalization between each layer and its activation.'),
});

export const mlp = defineEncoder({
  type: 'mlp',
  summary: 'Fully connected layers: for tables, and for small images taken as one row of pixels.',
  modalities: ['image', 'audio', 'table'],
  options,
  build(scope, sample, { hidden, activation: name, norm }) {
    const nonlinearity = activation(name);
    const layers: Layer[] = [];
    let width = sample.shape.reduce((a, b) => a * b, 1);
    hidden.forEach((outputs, i) => {
      const layer = scope.child(`layer${i + 1}`, i + 1);
      const inputs = width;
      layers.push(
        // Batch normalization subtracts the mean, so a bias in front of it would do nothing.
        dense(layer.child('dense'), inputs, outputs, {
          bias: norm !== 'batch',
          init: start(name, inputs, outputs),
        }),
        ...normalization(layer, norm, outputs),
        (_, x) => nonlinearity(x),
      );
      width = outputs;
    });
    return {
      size: width,
      blocks: hidden.length,
      features: (forward, x) =>
        layers.reduce<tf.Tensor>((y, layer) => layer(forward, y), flatten(x)) as tf.Tensor2D,
    };
  },
});

/** He's start keeps the variance through rectifiers, Xavier's through symmetric activations. */
function start(name: string, fanIn: number, fanOut: number): Initializer {
  return name === 'relu' || name === 'gelu'
    ? { kind: 'heNormal', fanIn }
    : { kind: 'xavierUniform', fanIn, fanOut };
}

function normalization(scope: Scope, norm: 'none' | 'batch' | 'layer', width: number): Layer[] {
  if (norm === 'none') return [];
  return [norm === 'batch' ? batchNorm(scope.child('norm'), width) : layerNorm(scope.child('norm'), width)];
}
