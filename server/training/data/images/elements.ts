import type { ElementType } from './source.ts';

/** Bytes of one element. */
export const elementSize: Readonly<Record<ElementType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
};

const views = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Numbers from raw bytes; 64-bit integers are rounded to doubles. May swap `bytes` in place (big endian). */
export function toNumbers(type: ElementType, bytes: Uint8Array, littleEndian: boolean): ArrayLike<number> {
  const size = elementSize[type];
  if (size === 1)
    return type === 'int8' ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  if (!littleEndian) swap(aligned, size);
  const values = new views[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / size);
  return values instanceof BigUint64Array || values instanceof BigInt64Array
    ? Float64Array.from(values, Number)
    : values;
}

function swap(bytes: Uint8Array, size: number): void {
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
}
