import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../../server/nn/tf.ts';
import { randomAt } from '../../../../server/random.ts';
import { Builder, type Target, type Value } from '../../../../server/training/engine/onnx/builder.ts';
import {
  columnsOf,
  convolve,
  gradientOfInput,
} from '../../../../server/training/engine/onnx/kernels/columns.ts';
import type { Geometry } from '../../../../server/training/engine/onnx/kernels/geometry.ts';
import {
  nativeConvolution,
  nativeGradientOfInput,
  piecewiseGradientOfFilter,
} from '../../../../server/training/engine/onnx/kernels/largeConvolution.ts';
import { lower } from '../../../../server/training/engine/onnx/lower.ts';
import * as ops from '../../../../server/training/engine/onnx/ops.ts';
import { createSession, loadRuntime } from '../../../../server/training/engine/runtime.ts';
import { trace } from '../../../../server/training/engine/trace/trace.ts';
import { withSoftwareVulkan } from '../../../softwareVulkan.ts';
import { assertClose } from '../../../support/numeric.ts';

type Pair = readonly [number, number];

function geometry(input: Pair, kernel: number, stride: number, padding: number, channels: Pair): Geometry {
  const side = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return {
    batch: 5,
    input,
    output: [side(input[0]), side(input[1])],
    kernel: [kernel, kernel],
    stride: [stride, stride],
    dilation: [1, 1],
    padding: [padding, padding],
    inputs: channels[0],
    outputs: channels[1],
  };
}

const geometries: readonly Geometry[] = [
  geometry([6, 7], 3, 1, 1, [3, 4]),
  geometry([6, 7], 3, 2, 1, [3, 4]),
  geometry([8, 8], 3, 2, 1, [1, 2]),
  geometry([9, 6], 3, 1, 0, [2, 3]),
  geometry([9, 8], 3, 3, 0, [4, 2]),
  geometry([7, 7], 5, 2, 2, [3, 3]),
  geometry([6, 6], 1, 2, 0, [3, 2]),
  geometry([5, 5], 1, 1, 1, [3, 2]),
];

/** Runs both forms of a convolution and its gradients and compares them. */
async function compare(target: Target, g: Geometry): Promise<void> {
  const b = new Builder(target);
  const shapes = {
    x: [g.batch, ...g.input, g.inputs],
    filter: [...g.kernel, g.inputs, g.outputs],
    dy: [g.batch, ...g.output, g.outputs],
  };
  const x = b.input('x', 'float32', shapes.x);
  const filter = b.input('filter', 'float32', shapes.filter);
  const dy = b.input('dy', 'float32', shapes.dy);
  const columns = columnsOf(b, x, g);
  const rows = ops.reshape(b, dy, [g.batch * g.output[0] * g.output[1], g.outputs]);
  const twoImages = 2 * 4 * g.output[0] * g.output[1] * g.kernel[0] * g.kernel[1] * g.inputs;
  const pairs: [what: string, large: Value, small: Value][] = [
    ['convolution', nativeConvolution(b, x, filter, g), convolve(b, x, filter, g)],
    ['gradient of the input', nativeGradientOfInput(b, dy, filter, g), gradientOfInput(b, dy, filter, g)],
    [
      'gradient of the filter',
      piecewiseGradientOfFilter(b, x, dy, g, twoImages),
      ops.gemm(b, columns.value, rows, !columns.transposed, false),
    ],
  ];
  const { Tensor } = await loadRuntime();
  const model = b.encode(pairs.flatMap(([, large, small]) => [large, small]));
  const session = await createSession(model.bytes, { target, threads: 1 });
  const random = randomAt(0, 'convolution');
  const draw = (shape: readonly number[]) =>
    new Tensor(
      'float32',
      Float32Array.from({ length: shape.reduce((p, n) => p * n) }, () => random.normal()),
      shape,
    );
  const outputs = await session.run({
    x: draw(shapes.x),
    filter: draw(shapes.filter),
    dy: draw(shapes.dy),
  });
  const values = (value: Value): Float32Array => outputs[value.name]!.data as Float32Array;
  for (const [what, large, small] of pairs) {
    assert.deepEqual(outputs[large.name]!.dims, outputs[small.name]!.dims, what);
    assertClose(values(large), values(small), 1e-5, `${what} ${JSON.stringify(g)}`);
  }
  await session.release();
}

/** The model of one convolution of an image of this size with its gradients; the names of its ops stand in it. */
function modelOf(size: number): Buffer {
  const graph = trace(
    ({ x, filter }) => {
      const loss = (a: tf.Tensor, w: tf.Tensor): tf.Scalar =>
        tf.sum(tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, 2, 1));
      const [dx, dw] = tf.grads(loss)([x!, filter!]);
      return { loss: loss(x!, filter!), dx: dx!, dw: dw! };
    },
    {
      x: { shape: [4, size, size, 8], dtype: 'float32' },
      filter: { shape: [3, 3, 8, 16], dtype: 'float32' },
    },
  );
  return Buffer.from(lower(graph, 'cpu').bytes);
}

withSoftwareVulkan(import.meta.url, () => {
  test('convolutions without fields on WebGPU', async () => {
    for (const g of geometries.slice(0, 2)) await compare('webgpu', g); // compiling shaders takes long
  });
});

if (process.env.SELFSUP_SOFTWARE_VULKAN !== '1') {
  test('convolutions without fields equal those with fields', async () => {
    for (const g of geometries) await compare('cpu', g);
  });

  test('fields are made whole for small images only', () => {
    assert.ok(!modelOf(32).includes('Conv'));
    assert.ok(modelOf(520).includes('ConvTranspose'));
  });
}
