/** Images of one batch: values [count, height, width, 3], normalised by mean and std of each channel. */
export interface ColourImages {
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Lightness: Rec. 601 luma, as in the transform `gray`. */
const luma = [0.299, 0.587, 0.114] as const;
/** Colour differences to -0.5..0.5: (blue - luma) and (red - luma) divided by their range (YCbCr). */
const [blueRange, redRange] = [2 * (1 - luma[2]), 2 * (1 - luma[0])];

/** The same images without colour: luma in all three channels, normalised as before. */
export function withoutColour({ values, mean, std }: ColourImages): Float32Array {
  const grey = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 3) {
    let y = 0;
    for (let k = 0; k < 3; k++) y += luma[k]! * (values[i + k]! * std[k]! + mean[k]!);
    for (let k = 0; k < 3; k++) grey[i + k] = (y - mean[k]!) / std[k]!;
  }
  return grey;
}

/**
 * Class of the mean colour of each cell of `cell` x `cell` pixels (fewer at the right and lower edge):
 * int32 [count * rows * columns]. Classes are the squares of a grid of `bins` x `bins` over the plane of the two
 * colour differences, blue's varying slowest; with an odd number of bins, the middle one is grey.
 */
export function colourClasses(images: ColourImages, cell: number, bins: number): Int32Array {
  const { values, height, width, mean, std } = images;
  const [rows, columns] = [Math.ceil(height / cell), Math.ceil(width / cell)];
  const count = values.length / (height * width * 3);
  const classes = new Int32Array(count * rows * columns);
  const binOf = (difference: number) =>
    Math.min(bins - 1, Math.max(0, Math.floor((difference + 0.5) * bins)));
  const sums = [0, 0, 0];
  for (let place = 0; place < classes.length; place++) {
    const image = Math.floor(place / (rows * columns));
    const top = Math.floor((place % (rows * columns)) / columns) * cell;
    const left = (place % columns) * cell;
    const [bottom, right] = [Math.min(height, top + cell), Math.min(width, left + cell)];
    sums.fill(0);
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        for (let k = 0; k < 3; k++) sums[k]! += values[((image * height + y) * width + x) * 3 + k]!;
    const pixels = (bottom - top) * (right - left);
    const [red, green, blue] = sums.map((sum, k) => (sum / pixels) * std[k]! + mean[k]!) as [
      number,
      number,
      number,
    ];
    const y = luma[0] * red + luma[1] * green + luma[2] * blue;
    classes[place] = binOf((blue - y) / blueRange) * bins + binOf((red - y) / redRange);
  }
  return classes;
}

/**
 * Weight of each class, so that rare colours count more (equation 4 of https://arxiv.org/abs/1603.08511):
 * 1 / ((1 - lambda) p + lambda / Q), where p is the share of the class among `classes` and Q the number of classes,
 * scaled so that the weights of all `classes` have mean 1. float32, one for each of `classes`.
 */
export function rebalanced(classes: Int32Array, size: number, lambda: number): Float32Array {
  const counts = new Float64Array(size);
  for (const label of classes) counts[label]! += 1;
  const raw = counts.map((count) => 1 / (((1 - lambda) * count) / classes.length + lambda / size));
  const total = counts.reduce((sum, count, label) => sum + (count === 0 ? 0 : count * raw[label]!), 0);
  return Float32Array.from(classes, (label) => (raw[label]! * classes.length) / total);
}

/**
 * What the colour of each class adds to grey, [classes, 3]: red, green and blue, each divided by its `std`.
 */
export function classColours(bins: number, std: readonly number[]): Float32Array {
  const colours = new Float32Array(bins * bins * 3);
  for (let label = 0; label < bins * bins; label++) {
    const middle = (bin: number) => (bin + 0.5) / bins - 0.5;
    const blue = middle(Math.floor(label / bins)) * blueRange;
    const red = middle(label % bins) * redRange;
    const green = -(luma[0] * red + luma[2] * blue) / luma[1];
    colours.set([red / std[0]!, green / std[1]!, blue / std[2]!], label * 3);
  }
  return colours;
}
