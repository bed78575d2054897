import * as tf from '../../../../server/nn/tf.ts';
import { type Case, floats, forwardOnly, use } from './table.ts';

interface Setting {
  readonly batch?: number;
  readonly size?: readonly [number, number];
  readonly kernel?: number | readonly [number, number];
  readonly channels?: readonly [number, number];
  readonly stride?: number | [number, number];
  readonly padding?: number | 'same' | 'valid';
  readonly dilation?: number;
}

function convolution(setting: Setting): Case {
  const {
    batch = 2,
    size = [6, 7],
    kernel = 3,
    channels = [3, 2],
    stride = 1,
    padding = 1,
    dilation = 1,
  } = setting;
  const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  // tfjs has no gradient of dilated convolutions.
  return (dilation === 1 ? use : forwardOnly)(
    JSON.stringify(setting),
    [floats(batch, ...size, channels[0]), floats(height, width, ...channels)],
    (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, padding, 'NHWC', dilation),
  );
}

const settings: readonly Setting[] = [
  ...([1, 2, 3, 8] as const).flatMap((inputs) =>
    ([1, 2] as const).flatMap((stride) => [
      { channels: [inputs, 4], stride } as const,
      { channels: [inputs, 1], stride, size: [8, 8] } as const,
    ]),
  ),
  ...([0, 1, 'same', 'valid'] as const).flatMap((padding) =>
    ([1, 2, 3] as const).map((stride) => ({ padding, stride })),
  ),
  { kernel: 1, padding: 0 },
  { kernel: 1, padding: 0, stride: 2 },
  { kernel: 1, padding: 0, stride: 2, channels: [1, 3], size: [5, 5] },
  { kernel: 1, padding: 1 },
  { kernel: 5, padding: 2 },
  { kernel: 5, padding: 2, stride: 2, channels: [8, 3] },
  { kernel: 5, padding: 0, size: [5, 5] },
  { kernel: 2, padding: 0, stride: 2 },
  { kernel: 2, padding: 'same' },
  { kernel: 2, padding: 0, stride: 3 },
  { kernel: 3, padding: 0, stride: 4, size: [9, 11] },
  { kernel: 4, padding: 1, stride: 2, size: [8, 8], channels: [2, 3] },
  { kernel: [1, 3], padding: 'same' },
  { kernel: [3, 1], padding: 0, stride: [1, 2] },
  { kernel: 3, dilation: 2, padding: 2 },
  { kernel: 3, dilation: 2, padding: 'same', channels: [1, 2] },
  { batch: 1, size: [1, 1], kernel: 1, padding: 0, channels: [1, 1] },
  { batch: 1, size: [1, 1], kernel: 3, padding: 1 },
  { size: [1, 9], kernel: 3, padding: 1 },
  { size: [3, 3], kernel: 3, padding: 0 },
  { size: [2, 2], kernel: 3, padding: 1, stride: 2 },
];

const cases = settings.map(convolution);

export const convolutionCases: Readonly<Record<string, Case[]>> = {
  Conv2D: cases.filter(({ gradient }) => !gradient),
  Conv2DBackpropInput: cases.filter(({ gradient }) => gradient), // with their outputs and both gradients
  Conv2DBackpropFilter: [
    use('of a product', [floats(2, 4, 4, 3), floats(3, 3, 3, 3)], (x, filter) => {
      const kernel = filter as tf.Tensor4D;
      return tf.conv2d(tf.relu(tf.conv2d(x as tf.Tensor4D, kernel, 1, 1)) as tf.Tensor4D, kernel, 2, 1);
    }),
  ],
};
