import * as z from 'zod';
import { relu } from '../nn/activation.ts';
import { batchNorm } from '../nn/batchNorm.ts';
import { conv2d, convolvedSize } from '../nn/convolution.ts';
import { dense } from '../nn/dense.ts';
import { groupNorm } from '../nn/groupNorm.ts';
import { beforeNorm } from '../nn/initializers.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import type { Layer, Scope } from '../nn/parameters.ts';
import { globalAveragePool } from '../nn/pooling.ts';
import { resizeMap } from '../nn/resize.ts';
import { flatten } from '../nn/shapes.ts';
import * as tf from '../nn/tf.ts';
import { defineEncoder } from './encoder.ts';

type Norm = 'batch' | 'group' | 'none';

const options = z.object({
  blocks: z
    .enum(['plain', 'resnet'])
    .default('plain')
    .describe(
      'plain: single 3x3 convolutions. resnet: residual blocks of two, behind a 3x3 stem; width 64, stages 4, depth 2 is the ResNet-18 for CIFAR.',
    ),
  width: z
    .int()
    .min(1)
    .max(1024)
    .default(32)
    .describe('Channels of the first stage, 1 to 1024; each further stage doubles them.'),
  stages: z
    .int()
    .min(1)
    .max(6)
    .optional()
    .describe(
      'Number of stages, 1 to 6; each further stage halves height and width. Default: plain as many (at most 5) as bring the shorter side to 7 or less, resnet 4.',
    ),
  depth: z
    .int()
    .min(1)
    .max(32)
    .default(1)
    .describe('Convolutions (plain) or residual blocks (resnet) per stage, 1 to 32.'),
  norm: z
    .enum(['batch', 'group', 'none'])
    .default('batch')
    .describe(
      'Normalization after each convolution: batch statistics, groups of channels within each sample, or none.',
    ),
  size: z
    .int()
    .min(0)
    .max(65536)
    .optional()
    .describe(
      'Length of the feature vector: a dense layer on the last feature map (on its mean when it is larger than 8x8). 0: no dense layer, the feature is the mean of the last map. Default: plain 128, resnet 0.',
    ),
});

/** Largest feature map that the dense layer sees position by position; larger ones are averaged first. */
const largestFlattened = 8 * 8;

export const convnet = defineEncoder({
  type: 'convnet',
  summary: 'Convolutional network, plain or residual: the usual choice for images and spectrograms.',
  paper: { title: 'Deep Residual Learning for Image Recognition', url: 'https://arxiv.org/abs/1512.03385' },
  modalities: ['image', 'audio'],
  options,
  check(sample, options) {
    const side = shorterSide(sample.shape);
    const stages = options.stages ?? defaultStages(options.blocks, side);
    const most = Math.floor(Math.log2(side)) + 1;
    if (stages <= most) return [];
    return [
      {
        path: ['stages'],
        found: `${stages} stages on ${sample.modality === 'audio' ? 'spectrograms' : 'images'} of ${sample.shape[0]} x ${sample.shape[1]}`,
        expected: `at most ${most}: every stage after the first halves both sides`,
        fix: `set stages: ${most} or less, or a larger ${sample.modality === 'audio' ? 'data.mels or data.clip' : 'data.size'}`,
        set: [{ path: ['encoder', 'stages'], value: most }],
      },
    ];
  },
  build(scope, sample, options) {
    const [height = 1, width = 1, channels = 1] = sample.shape;
    const stages = options.stages ?? defaultStages(options.blocks, shorterSide(sample.shape));
    const size = options.size ?? (options.blocks === 'plain' ? 128 : 0);
    const block = options.blocks === 'plain' ? plainBlock : residualBlock;

    const trunk: Layer[] = [];
    /** Where each stage ends in the trunk, and the shape of its map. */
    const ends: { readonly layer: Layer; readonly shape: readonly [number, number, number] }[] = [];
    let inputs = channels;
    let blocks = 0;
    let rows = height;
    let columns = width;
    if (options.blocks === 'resnet') {
      trunk.push(
        plainBlock(scope.child('stem', 0), { inputs, outputs: options.width, stride: 1, norm: options.norm }),
      );
      inputs = options.width;
    }
    for (let stage = 1; stage <= stages; stage++) {
      const outputs = options.width * 2 ** (stage - 1);
      for (let i = 1; i <= options.depth; i++) {
        const stride = stage > 1 && i === 1 ? 2 : 1;
        const name = `stage${stage}/block${i}`;
        blocks += 1;
        trunk.push(block(scope.child(name, blocks), { inputs, outputs, stride, norm: options.norm }));
        inputs = outputs;
        rows = convolvedSize(rows, 3, stride);
        columns = convolvedSize(columns, 3, stride);
      }
      ends.push({ layer: trunk.at(-1)!, shape: [rows, columns, inputs] });
    }
    const featureMap: Layer = (forward, x) => trunk.reduce((y, layer) => layer(forward, y), x);

    const flat = size > 0 && rows * columns <= largestFlattened;
    // The dense layer knows the sample's own positions: maps of images of other sizes are brought to those.
    const vector = flat ? (map: tf.Tensor) => flatten(resizeMap(map, [rows, columns])) : globalAveragePool;
    if (size > 0) blocks += 1;
    const head =
      size > 0
        ? denseBlock(
            scope.child('dense', blocks),
            flat ? rows * columns * inputs : inputs,
            size,
            options.norm,
          )
        : undefined;
    return {
      size: size > 0 ? size : inputs,
      blocks,
      sizeStep: 1,
      featureMap: (forward, x) => featureMap(forward, x) as tf.Tensor4D,
      stages: {
        shapes: ends.map(({ shape }) => shape),
        maps(forward, x) {
          const maps: tf.Tensor4D[] = [];
          let y = x;
          for (const layer of trunk) {
            y = layer(forward, y);
            if (ends[maps.length]?.layer === layer) maps.push(y as tf.Tensor4D);
          }
          return maps;
        },
      },
      features(forward, x) {
        const pooled = vector(featureMap(forward, x));
        return (head === undefined ? pooled : head(forward, pooled)) as tf.Tensor2D;
      },
    };
  },
});

interface BlockOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  readonly norm: Norm;
}

/** 3x3 convolution, normalization, ReLU. */
function plainBlock(scope: Scope, options: BlockOptions): Layer {
  const convolve = normalized(scope, 'conv', 3, options);
  return (forward, x) => relu(convolve(forward, x));
}

/** The basic block of ResNet-18 and -34: two 3x3 convolutions beside a shortcut, 1x1 where the shape changes. */
function residualBlock(scope: Scope, options: BlockOptions): Layer {
  const first = normalized(scope, 'conv1', 3, options);
  const second = normalized(scope, 'conv2', 3, { ...options, inputs: options.outputs, stride: 1 });
  const same = options.inputs === options.outputs && options.stride === 1;
  const shortcut: Layer = same ? (_, x) => x : normalized(scope, 'shortcut', 1, options);
  return (forward, x) => relu(tf.add(second(forward, relu(first(forward, x))), shortcut(forward, x)));
}

/** Convolution and normalization, no activation; the convolution has a bias only where no norm follows. */
function normalized(scope: Scope, name: string, kernel: number, options: BlockOptions): Layer {
  const { inputs, outputs, stride, norm } = options;
  const inner = scope.child(name);
  const shape = { inputs, outputs, kernel, stride };
  if (norm === 'none') return conv2d(inner, shape);
  const convolve = conv2d(inner, { ...shape, bias: false, init: beforeNorm(kernel * kernel * inputs) });
  const make = norm === 'batch' ? batchNorm : groupNorm;
  const normalize = make(inner.child('norm'), outputs);
  return (forward, x) => normalize(forward, convolve(forward, x));
}

/** Dense layer, normalization, ReLU. A vector has no positions, so `group` becomes layer normalization. */
function denseBlock(scope: Scope, inputs: number, outputs: number, norm: Norm): Layer {
  const product = dense(scope, inputs, outputs, {
    bias: norm !== 'batch',
    init: norm === 'none' ? { kind: 'heNormal', fanIn: inputs } : beforeNorm(inputs),
  });
  if (norm === 'none') return (forward, x) => relu(product(forward, x));
  const make = norm === 'batch' ? batchNorm : layerNorm;
  const normalize = make(scope.child('norm'), outputs);
  return (forward, x) => relu(normalize(forward, product(forward, x)));
}

function shorterSide(shape: readonly number[]): number {
  return Math.min(shape[0] ?? 1, shape[1] ?? 1);
}

function defaultStages(blocks: 'plain' | 'resnet', side: number): number {
  if (blocks === 'resnet') return Math.min(4, Math.floor(Math.log2(side)) + 1);
  let stages = 1;
  for (let left = side; left > 7 && stages < 5; left = convolvedSize(left, 3, 2)) stages += 1;
  return stages;
}
