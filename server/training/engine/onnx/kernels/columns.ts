import type { Builder, Value } from '../builder.ts';
import { dense, filled } from '../operand.ts';
import * as ops from '../ops.ts';
import type { Geometry } from './geometry.ts';

/** The receptive fields of a convolution as a matrix. */
export interface Columns {
  /** [positions, kernel * inputs], or its transpose. */
  readonly value: Value;
  readonly transposed: boolean;
}

/** Up to this many channels, copying whole rows into a transposed matrix beats gathering single pixels. */
const fewChannels = 2;

/** x [batch, h, w, inputs] -> the matrix whose product with the filter is the convolution. Shared with the gradient. */
export function columnsOf(b: Builder, x: Value, g: Geometry): Columns {
  if (isPointwise(g))
    return { value: ops.reshape(b, x, [g.batch * g.output[0] * g.output[1], g.inputs]), transposed: false };
  const padded = padImage(b, x, g.padding, trailing(g));
  return g.inputs <= fewChannels
    ? { value: shiftedRows(b, padded, g), transposed: true }
    : { value: gatheredFields(b, padded, g), transposed: false };
}

/** x [batch, h, w, inputs] and filter [kernel, kernel, inputs, outputs] -> [batch, h', w', outputs]. */
export function convolve(b: Builder, x: Value, filter: Value, g: Geometry): Value {
  const columns = columnsOf(b, x, g);
  const weights = ops.reshape(b, filter, [g.kernel[0] * g.kernel[1] * g.inputs, g.outputs]);
  const product = ops.gemm(b, columns.value, weights, columns.transposed, false);
  return ops.reshape(b, product, [g.batch, ...g.output, g.outputs]);
}

/**
 * Gradient of a convolution for its input. Every input position belongs to one of stride x stride phases, and the
 * positions of a phase see the same part of the filter: one convolution of dy per phase, with no multiplication by
 * an inserted zero, then the phases are woven together.
 */
export function gradientOfInput(b: Builder, dy: Value, filter: Value, g: Geometry): Value {
  if (isPointwise(g)) {
    const rows = ops.reshape(b, dy, [g.batch * g.output[0] * g.output[1], g.outputs]);
    const weights = ops.reshape(b, filter, [g.inputs, g.outputs]);
    return ops.reshape(b, ops.gemm(b, rows, weights, false, true), [g.batch, ...g.input, g.inputs]);
  }
  const vertical = phasesOf(g, 0);
  const horizontal = phasesOf(g, 1);
  const before = [reach(vertical).before, reach(horizontal).before] as const;
  const after = [
    reach(vertical).after - (g.output[0] - 1),
    reach(horizontal).after - (g.output[1] - 1),
  ] as const;
  const padded = padImage(b, dy, before.map(positive), after.map(positive));
  const blocks = [Math.ceil(g.input[0] / g.stride[0]), Math.ceil(g.input[1] / g.stride[1])] as const;
  const woven = vertical.map((up) => {
    const parts = horizontal.map((across) => phaseOf(b, padded, filter, g, { up, across, before, blocks }));
    return ops.reshape(b, ops.concat(b, parts, 3), [
      g.batch,
      blocks[0],
      1,
      blocks[1] * g.stride[1] * g.inputs,
    ]);
  });
  const whole = [blocks[0] * g.stride[0], blocks[1] * g.stride[1]] as const;
  const image = ops.reshape(b, ops.concat(b, woven, 2), [g.batch, ...whole, g.inputs]);
  return ops.slice(b, image, [0, 0, 0, 0], [g.batch, ...g.input, g.inputs]);
}

const positive = (count: number): number => Math.max(0, count);

function isPointwise({ kernel, stride, padding, input, output }: Geometry): boolean {
  const ones = [...kernel, ...stride].every((n) => n === 1) && padding.every((n) => n === 0);
  return ones && input[0] === output[0] && input[1] === output[1];
}

/** Zeros needed after the last row and column; negative where the convolution never gets there. */
export function trailing({ input, output, kernel, stride, dilation, padding }: Geometry): [number, number] {
  const side = (i: 0 | 1): number =>
    (output[i] - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1 - padding[i] - input[i];
  return [side(0), side(1)];
}

/** Adds zeros (or `fill`) around [batch, h, w, c]; a negative count after the end is left as it is. */
export function padImage(
  b: Builder,
  x: Value,
  before: readonly number[],
  after: readonly number[],
  fill = 0,
): Value {
  return ops.pad(
    b,
    x,
    [0, before[0]!, before[1]!, 0],
    [0, positive(after[0]!), positive(after[1]!), 0],
    fill,
  );
}

/** The pixels of all fields, one field after the other, in a padded image of this width. */
export function fieldIndices(g: Geometry, width: number): number[] {
  const [rows, columns] = g.output;
  const indices: number[] = [];
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      for (let ky = 0; ky < g.kernel[0]; ky++)
        for (let kx = 0; kx < g.kernel[1]; kx++)
          indices.push((y * g.stride[0] + ky * g.dilation[0]) * width + x * g.stride[1] + kx * g.dilation[1]);
  return indices;
}

/** One gather along the pixels: blocks of `inputs` numbers, [positions, kernel * inputs]. */
function gatheredFields(b: Builder, padded: Value, g: Geometry): Value {
  const [, height, width] = padded.shape as [number, number, number, number];
  return gatherPixels(b, padded, height * width, fieldIndices(g, width), [
    g.batch * g.output[0] * g.output[1],
    g.kernel[0] * g.kernel[1] * g.inputs,
  ]);
}

function gatherPixels(b: Builder, image: Value, pixels: number, indices: number[], shape: number[]): Value {
  const [batch, , , channels] = image.shape as [number, number, number, number];
  const flat = ops.reshape(b, image, [batch, pixels, channels]);
  return ops.reshape(b, ops.gather(b, flat, b.int32s(indices), 1), shape);
}

/** One shifted copy of the image per kernel position and channel: [kernel * inputs, positions]. */
function shiftedRows(b: Builder, padded: Value, g: Geometry): Value {
  const positions = g.batch * g.output[0] * g.output[1];
  const rows: Value[] = [];
  for (let ky = 0; ky < g.kernel[0]; ky++)
    for (let kx = 0; kx < g.kernel[1]; kx++)
      for (let channel = 0; channel < g.inputs; channel++) {
        const begin = [0, ky * g.dilation[0], kx * g.dilation[1], channel];
        const shifted = ops.slice(b, padded, begin, [g.batch, ...g.output, 1], [1, ...g.stride, 1]);
        rows.push(ops.reshape(b, shifted, [1, positions]));
      }
  return ops.concat(b, rows, 0);
}

/** The input positions stride * q + offset of one axis. */
interface Phase {
  /** Kernel positions that they meet. */
  readonly taps: readonly number[];
  /** Position in dy that tap n meets at q = 0. */
  readonly starts: readonly number[];
  /** Number of positions. */
  readonly count: number;
}

function phasesOf({ input, kernel, stride, dilation, padding }: Geometry, axis: 0 | 1): Phase[] {
  const [step, space] = [stride[axis], dilation[axis]];
  const count = Math.ceil(input[axis] / step);
  return Array.from({ length: step }, (_, offset) => {
    const taps: number[] = [];
    const starts: number[] = [];
    for (let k = 0; k < kernel[axis]; k++) {
      const distance = offset + padding[axis] - k * space;
      if (((distance % step) + step) % step !== 0) continue;
      taps.push(k);
      starts.push(distance / step);
    }
    return { taps, starts, count };
  });
}

/** How far the phases look before the first and up to which position of dy. */
function reach(phases: readonly Phase[]): { before: number; after: number } {
  const starts = phases.flatMap((phase) => phase.starts);
  return { before: Math.max(0, -Math.min(0, ...starts)), after: Math.max(...starts) + phases[0]!.count - 1 };
}

interface PhasePlace {
  readonly up: Phase;
  readonly across: Phase;
  readonly before: readonly [number, number];
  readonly blocks: readonly [number, number];
}

/** One phase of the gradient: [batch, blocks, blocks, inputs]. */
function phaseOf(b: Builder, padded: Value, filter: Value, g: Geometry, place: PhasePlace): Value {
  const { up, across, before, blocks } = place;
  const shape = [g.batch, ...blocks, g.inputs];
  const taps = up.taps.length * across.taps.length;
  if (taps === 0) return dense(b, filled(b, shape, 0));
  const [, height, width] = padded.shape as [number, number, number, number];
  const indices: number[] = [];
  for (let y = 0; y < blocks[0]; y++)
    for (let x = 0; x < blocks[1]; x++)
      for (const top of up.starts)
        for (const left of across.starts) indices.push((top + before[0] + y) * width + left + before[1] + x);
  const fields = gatherPixels(b, padded, height * width, indices, [
    g.batch * blocks[0] * blocks[1],
    taps * g.outputs,
  ]);
  const part = ops.gather(
    b,
    ops.reshape(b, filter, [g.kernel[0] * g.kernel[1], g.inputs, g.outputs]),
    b.int32s(up.taps.flatMap((ky) => across.taps.map((kx) => ky * g.kernel[1] + kx))),
    0,
  );
  const weights = ops.reshape(b, ops.transpose(b, part, [0, 2, 1]), [taps * g.outputs, g.inputs]);
  return ops.reshape(b, ops.gemm(b, fields, weights, false, false), shape);
}
