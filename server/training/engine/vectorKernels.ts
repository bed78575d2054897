/**
 * Elementwise loops over float32 arrays as WebAssembly SIMD, four values at a time: three to four times as fast as the
 * same loop in JavaScript, and like it the same on every platform. A loop is written once as an expression over
 * arrays and scalars; this file turns it into the bytes of a module.
 *
 * Encoding: https://webassembly.github.io/spec/core/binary/ and
 * https://github.com/WebAssembly/simd/blob/main/proposals/simd/BinarySIMD.md
 */
type Code = readonly number[];

/** What an expression is made of. The same expression is emitted twice: for four values and for the rest. */
export interface Lane {
  /** The current value of an array. */
  load(array: string): Code;
  scalar(name: string): Code;
  /** A value that was kept by `keep`. */
  kept(name: string): Code;
  add(a: Code, b: Code): Code;
  sub(a: Code, b: Code): Code;
  mul(a: Code, b: Code): Code;
  div(a: Code, b: Code): Code;
  sqrt(a: Code): Code;
  /** Statement: computes a value once for several uses. */
  keep(name: string, value: Code): Code;
  /** Statement: the new value of an array. */
  store(array: string, value: Code): Code;
}

/** A loop over arrays of equal length. */
export interface Kernel {
  readonly arrays: readonly string[];
  readonly scalars: readonly string[];
  readonly kept?: readonly string[];
  readonly body: (lane: Lane) => readonly Code[];
}

/** Byte offsets of the arrays, number of elements, scalars. */
export type KernelFunction = (...args: number[]) => void;

const op = {
  get: 0x20,
  set: 0x21,
  add: 0x6a,
  sub: 0x6b,
  eqz: 0x45,
  less: 0x49,
  constant: 0x41,
  end: 0x0b,
} as const;
const type = { i32: 0x7f, f32: 0x7d, v128: 0x7b, function: 0x60, none: 0x40 } as const;

/** Unsigned LEB128; for values below 64 the signed form, which constants have, is the same. */
function integer(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7f;
    bytes.push((rest & 0x7f) | (more ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

const simd = (code: number): Code => [0xfd, ...integer(code)];
const get = (local: number): Code => [op.get, ...integer(local)];
const set = (local: number): Code => [op.set, ...integer(local)];
const list = (items: readonly Code[]): Code => [...integer(items.length), ...items.flat()];
const sized = (content: Code): Code => [...integer(content.length), ...content];
const text = (value: string): Code => sized([...new TextEncoder().encode(value)]);

interface Instructions {
  readonly load: Code;
  readonly store: Code;
  readonly add: Code;
  readonly sub: Code;
  readonly mul: Code;
  readonly div: Code;
  readonly sqrt: Code;
}

const alignment: Code = [2, 0]; // multiples of 4 bytes, no offset
const vector: Instructions = {
  load: [...simd(0), ...alignment],
  store: [...simd(11), ...alignment],
  sqrt: simd(227),
  add: simd(228),
  sub: simd(229),
  mul: simd(230),
  div: simd(231),
};
const single: Instructions = {
  load: [0x2a, ...alignment],
  store: [0x38, ...alignment],
  sqrt: [0x91],
  add: [0x92],
  sub: [0x93],
  mul: [0x94],
  div: [0x95],
};
const splat = simd(19);

/** Function body: locals are arrays, count, scalars; then scalars as vectors, kept vectors, kept singles. */
function functionBody({ arrays, scalars, kept = [], body }: Kernel): Code {
  const count = arrays.length;
  const firstScalar = count + 1;
  const firstWide = firstScalar + scalars.length;
  const firstKept = firstWide + scalars.length;
  const lane = (code: Instructions, scalarBase: number, keptBase: number): Lane => {
    const place = (names: readonly string[], name: string): number => {
      const index = names.indexOf(name);
      if (index < 0) throw new Error(`Unknown name ${name} in a kernel.`);
      return index;
    };
    const array = (name: string): Code => get(place(arrays, name));
    return {
      load: (name) => [...array(name), ...code.load],
      scalar: (name) => get(scalarBase + place(scalars, name)),
      kept: (name) => get(keptBase + place(kept, name)),
      add: (a, b) => [...a, ...b, ...code.add],
      sub: (a, b) => [...a, ...b, ...code.sub],
      mul: (a, b) => [...a, ...b, ...code.mul],
      div: (a, b) => [...a, ...b, ...code.div],
      sqrt: (a) => [...a, ...code.sqrt],
      keep: (name, value) => [...value, ...set(keptBase + place(kept, name))],
      store: (name, value) => [...array(name), ...value, ...code.store],
    };
  };
  const move = (local: number, by: number, how: number): Code => [
    ...get(local),
    op.constant,
    ...integer(by),
    how,
    ...set(local),
  ];
  const loop = (done: Code, width: number, statements: readonly Code[]): Code => [
    ...[0x02, type.none, 0x03, type.none], // block, loop
    ...done,
    ...[0x0d, 1], // leave the block
    ...statements.flat(),
    ...arrays.flatMap((_, i) => move(i, 4 * width, op.add)),
    ...move(count, width, op.sub),
    ...[0x0c, 0, op.end, op.end], // again
  ];
  const fewerThanFour: Code = [...get(count), op.constant, 4, op.less];
  const none: Code = [...get(count), op.eqz];
  const locals = list([
    [...integer(scalars.length + kept.length), type.v128],
    [...integer(kept.length), type.f32],
  ]);
  return sized([
    ...locals,
    ...scalars.flatMap((_, i) => [...get(firstScalar + i), ...splat, ...set(firstWide + i)]),
    ...loop(fewerThanFour, 4, body(lane(vector, firstWide, firstKept))),
    ...loop(none, 1, body(lane(single, firstScalar, firstKept + kept.length))),
    op.end,
  ]);
}

/** Compiles loops that work in one memory. */
export function compileKernels<Name extends string>(
  kernels: Readonly<Record<Name, Kernel>>,
  memory: WebAssembly.Memory,
): Record<Name, KernelFunction> {
  const entries = Object.entries<Kernel>(kernels);
  const section = (id: number, items: readonly Code[]): Code => [id, ...sized(list(items))];
  const types = entries.map(([, { arrays, scalars }]) => [
    type.function,
    ...list([...arrays.map(() => [type.i32]), [type.i32], ...scalars.map(() => [type.f32])]),
    0, // returns nothing
  ]);
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [[...text('host'), ...text('memory'), 2, 0, 0]]),
    ...section(
      3,
      entries.map((_, i) => integer(i)),
    ),
    ...section(
      7,
      entries.map(([name], i) => [...text(name), 0, ...integer(i)]),
    ),
    ...section(
      10,
      entries.map(([, kernel]) => functionBody(kernel)),
    ),
  ];
  const module = new WebAssembly.Module(Uint8Array.from(bytes));
  const instance = new WebAssembly.Instance(module, { host: { memory } });
  return instance.exports as Record<Name, KernelFunction>;
}
