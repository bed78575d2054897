import * as tf from '../../../../nn/tf.ts';

/** Sizes of one convolution; pairs are [vertical, horizontal]. */
export interface Geometry {
  readonly batch: number;
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Zeros before the first row and column. */
  readonly padding: readonly [number, number];
  readonly inputs: number;
  readonly outputs: number;
}

type Quad = [number, number, number, number];

/** The attributes that all convolutions and their gradients have. */
export type ConvolutionAttributes = Partial<
  Pick<tf.Conv2DAttrs, 'strides' | 'pad' | 'dilations' | 'dimRoundingMode' | 'dataFormat'>
>;

/**
 * Works out where the windows of a convolution lie, as TensorFlow.js does.
 * @param xShape [batch, height, width, channels]
 * @param filterShape [height, width, inputs, outputs]; depthwise [height, width, channels, outputs of each]
 */
export function geometryOf(
  xShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dimRoundingMode, dataFormat }: ConvolutionAttributes,
  { depthwise = false } = {},
): Geometry {
  if (dataFormat !== undefined && dataFormat !== 'NHWC')
    throw new Error(`Convolutions are compiled in NHWC, not ${dataFormat}.`);
  const info = tf.backend_util.computeConv2DInfo(
    xShape as Quad,
    filterShape as Quad,
    strides as [number, number],
    dilations ?? 1,
    pad as number,
    dimRoundingMode,
    depthwise,
  );
  return {
    batch: info.batchSize,
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    kernel: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    padding: [info.padInfo.top, info.padInfo.left],
    inputs: info.inChannels,
    outputs: info.outChannels,
  };
}
