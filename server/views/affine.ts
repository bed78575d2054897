/**
 * Maps centred output coordinates to centred input coordinates, in pixels, y downwards:
 * xIn = a x + b y + tx, yIn = c x + d y + ty. The centre of an n pixel axis lies at (n - 1) / 2.
 */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly c: number;
  readonly d: number;
  readonly ty: number;
}

export const identity: Affine = { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0 };

/** Scales about the centre and moves: xIn = a x + tx, yIn = d y + ty. */
export function stretch(a: number, d: number, tx = 0, ty = 0): Affine {
  return { a, b: 0, tx, c: 0, d, ty };
}

/** The map that applies `inner` first and `outer` to its result. */
export function compose(outer: Affine, inner: Affine): Affine {
  return {
    a: outer.a * inner.a + outer.b * inner.c,
    b: outer.a * inner.b + outer.b * inner.d,
    tx: outer.a * inner.tx + outer.b * inner.ty + outer.tx,
    c: outer.c * inner.a + outer.d * inner.c,
    d: outer.c * inner.b + outer.d * inner.d,
    ty: outer.c * inner.tx + outer.d * inner.ty + outer.ty,
  };
}

/** The map back. Throws where there is none: everything was mapped to a line. */
export function invert({ a, b, tx, c, d, ty }: Affine): Affine {
  const determinant = a * d - b * c;
  if (determinant === 0) throw new RangeError('This map has no inverse.');
  const back = { a: d / determinant, b: -b / determinant, c: -c / determinant, d: a / determinant };
  return { ...back, tx: -(back.a * tx + back.b * ty), ty: -(back.c * tx + back.d * ty) };
}

/** Stored pixels, interleaved: bytes mean 0..255, floats 0..1. */
export type Pixels = Uint8Array | Float32Array;

/** An image as it is stored. */
export interface PixelImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Pixels;
}

/** Writes the image's values as floats 0..1. */
export function copyPixels(image: PixelImage, out: Float32Array): void {
  const { data } = image;
  if (data instanceof Float32Array) out.set(data);
  else for (let i = 0; i < data.length; i++) out[i] = data[i]! * (1 / 255);
}

/**
 * Resamples bilinearly through `map` into out [height, width, channels], values 0..1.
 * Outside the image its edge pixels are repeated.
 */
export function resample(
  image: PixelImage,
  map: Affine,
  out: Float32Array,
  height: number,
  width: number,
): void {
  const { data, channels } = image;
  const unit = data instanceof Float32Array ? 1 : 1 / 255;
  const right = image.width - 1;
  const bottom = image.height - 1;
  const left = -(width - 1) / 2;
  const stride = image.width * channels;
  let o = 0;
  for (let row = 0; row < height; row++) {
    const fromCentre = row - (height - 1) / 2;
    const startX = map.a * left + map.b * fromCentre + map.tx + right / 2;
    const startY = map.c * left + map.d * fromCentre + map.ty + bottom / 2;
    for (let column = 0; column < width; column++) {
      const sx = Math.min(Math.max(startX + map.a * column, 0), right);
      const sy = Math.min(Math.max(startY + map.c * column, 0), bottom);
      const x = sx | 0;
      const y = sy | 0;
      const fx = sx - x;
      const fy = (sy - y) * unit;
      const gy = unit - fy;
      const next = x < right ? channels : 0;
      let top = y * stride + x * channels;
      let low = y < bottom ? top + stride : top;
      for (let k = 0; k < channels; k++) {
        const upper = data[top]!;
        const lower = data[low]!;
        out[o++] =
          (upper + (data[top + next]! - upper) * fx) * gy + (lower + (data[low + next]! - lower) * fx) * fy;
        top++;
        low++;
      }
    }
  }
}
