import * as tf from '../../../../server/nn/tf.ts';
import { type Case, floats, forwardOnly, given, use } from './table.ts';

type Image = tf.Tensor4D;
type Pool = (
  x: Image,
  size: number | [number, number],
  stride: number,
  pad: 'same' | 'valid' | number,
) => Image;

function pools(pool: Pool, padded = use): Case[] {
  return [
    use('windows side by side', [floats(2, 4, 6, 3)], (x) => pool(x as Image, 2, 2, 'valid')),
    use('a border left over', [floats(2, 5, 7, 3)], (x) => pool(x as Image, 2, 2, 'valid')),
    use('gaps', [floats(1, 7, 7, 2)], (x) => pool(x as Image, 2, 3, 'valid')),
    use('overlapping', [floats(2, 7, 5, 3)], (x) => pool(x as Image, 3, 2, 'valid')),
    use('stride 1', [floats(1, 4, 4, 1)], (x) => pool(x as Image, [2, 3], 1, 'valid')),
    use('one pixel', [floats(1, 1, 1, 1)], (x) => pool(x as Image, 1, 1, 'same')),
    padded('padded, stride 1', [floats(2, 4, 5, 2)], (x) => pool(x as Image, 3, 1, 'same')),
    padded('padded, stride 2', [floats(2, 5, 6, 2)], (x) => pool(x as Image, 3, 2, 'same')),
    padded('padded by a number', [floats(2, 5, 6, 2)], (x) => pool(x as Image, 3, 2, 1)),
  ];
}

interface Depthwise {
  readonly size?: readonly [number, number];
  readonly each?: number;
  readonly stride?: number;
  readonly pad?: 'same' | 'valid' | number;
  readonly dilation?: number;
}

function depthwise(setting: Depthwise): Case {
  const { size = [5, 6], each = 1, stride = 1, pad = 'same', dilation = 1 } = setting;
  return (dilation === 1 ? use : forwardOnly)(
    JSON.stringify(setting),
    [floats(2, ...size, 3), floats(3, 3, 3, each)],
    (x, filter) => tf.depthwiseConv2d(x as Image, filter as tf.Tensor4D, stride, pad, 'NHWC', dilation),
  );
}

const depthwiseSettings: readonly Depthwise[] = [
  {},
  { each: 2 },
  { stride: 2 },
  { stride: 2, each: 2, pad: 'valid' },
  { stride: 2, pad: 1, size: [4, 4] },
  { size: [1, 1] },
  { pad: 'valid', dilation: 2, size: [7, 5] },
];

type Resize = (x: Image, size: [number, number], alignCorners?: boolean, halfPixelCenters?: boolean) => Image;

function resizes(resize: Resize): Case[] {
  return [
    // The reference's gradients are right for single square images only; see imageGradients.test.ts for others.
    use('doubled', [floats(1, 4, 4, 2)], (x) => resize(x as Image, [6, 8])),
    use('halved', [floats(1, 6, 6, 2)], (x) => resize(x as Image, [3, 2])),
    use('stretched', [floats(1, 4, 4, 2)], (x) => resize(x as Image, [5, 3])),
    use('corners kept', [floats(1, 4, 4, 2)], (x) => resize(x as Image, [5, 7], true)),
    use('to one pixel', [floats(1, 4, 4, 2)], (x) => resize(x as Image, [1, 1])),
    forwardOnly('half-pixel centers', [floats(2, 3, 4, 2)], (x) => [
      resize(x as Image, [6, 8], false, true),
      resize(x as Image, [2, 3], false, true),
    ]),
    forwardOnly('a batch', [floats(3, 3, 4, 2)], (x) => resize(x as Image, [5, 7])),
  ];
}

export const imageCases: Readonly<Record<string, readonly Case[]>> = {
  MaxPool: [
    ...pools(tf.maxPool),
    use('all negative', [given([1, 2, 2, 1], [-3, -1, -2, -4])], (x) => tf.maxPool(x as Image, 2, 2, 'same')),
  ],
  MaxPoolGrad: [
    use('the first of several', [given([1, 4, 4, 2], [1, 0, 1, 1, 0, 0, 2, 2])], (x) =>
      tf.maxPool(x as Image, 3, 1, 'valid'),
    ),
    use('twice', [floats(2, 8, 8, 2)], (x) =>
      tf.maxPool(tf.maxPool(x as Image, 2, 2, 'valid'), 2, 2, 'valid'),
    ),
  ],
  // The reference's gradient counts the padding, which its forward does not.
  AvgPool: pools(tf.avgPool, forwardOnly),
  AvgPoolGrad: [
    use('twice', [floats(2, 9, 9, 2)], (x) =>
      tf.avgPool(tf.avgPool(x as Image, 3, 2, 'valid'), 2, 2, 'valid'),
    ),
  ],
  DepthwiseConv2dNative: depthwiseSettings.map(depthwise),
  DepthwiseConv2dNativeBackpropInput: [depthwise({ stride: 2, each: 3 })],
  DepthwiseConv2dNativeBackpropFilter: [depthwise({ stride: 2, pad: 'valid', size: [7, 7] })],
  ResizeBilinear: resizes(tf.image.resizeBilinear),
  ResizeBilinearGrad: [
    use('large', [floats(2, 3, 3, 1)], (x) => tf.image.resizeBilinear(x as Image, [7, 9])),
  ],
  ResizeNearestNeighbor: resizes(tf.image.resizeNearestNeighbor),
  ResizeNearestNeighborGrad: [
    use('large', [floats(1, 3, 3, 1)], (x) => tf.image.resizeNearestNeighbor(x as Image, [7, 9])),
  ],
};
