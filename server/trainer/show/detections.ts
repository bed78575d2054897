import {
  type Box,
  type Detection,
  intersectionOverUnion,
  type TrueBox,
} from '../../training/data/boxes/boxes.ts';
import { type Colour, drawFrame, drawText, textHeight, textWidth } from './lettering.ts';
import { Canvas, type Drawable } from './pictures.ts';

/** Images side by side, with what is on them and what was found. */
export interface DetectionPicture {
  /** [images * sample size], normalised. */
  readonly values: Float32Array;
  readonly categories: readonly string[];
  readonly truth: readonly (readonly TrueBox[])[];
  readonly found: readonly (readonly Detection[])[];
}

/** Detections below are not shown. */
const leastShown = 0.3;
/** Small images are enlarged to about this side, so that there is room for words. */
const smallestSide = 192;
const gap = 4;
const longestName = 12;
/** Told apart by people who do not see some colours, too (Wong 2011); again from the start after the last. */
const colours: readonly Colour[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
];
const grey: Colour = [160, 160, 160];

/** Draws two rows: the true boxes, those that do not count in grey, and below them the detections with their scores in percent. */
export function drawDetections(
  { values, categories, truth, found }: DetectionPicture,
  drawable: Drawable,
): Promise<Buffer> {
  const shape = drawable.look.size(drawable.sample.shape);
  const factor = Math.max(1, Math.ceil(smallestSide / Math.min(shape[0], shape[1])));
  const [height, width] = [shape[0] * factor, shape[1] * factor];
  const canvas = new Canvas(truth.length * (width + gap) + gap, 2 * (height + gap) + gap);
  const enlarged = { ...drawable, look: { ...drawable.look, scale: () => [factor, factor] as const } };
  const colourOf = (category: number): Colour => colours[category % colours.length]!;
  for (let image = 0; image < truth.length; image++) {
    const left = image * (width + gap) + gap;
    const rows = [
      truth[image]!.map((box) => ({
        box,
        text: nameOf(categories, box.category),
        colour: box.flag === undefined ? colourOf(box.category) : grey,
      })),
      surest(found[image]!)
        .map((box) => ({
          box,
          text: `${nameOf(categories, box.category)} ${Math.round(box.score * 100)}`,
          colour: colourOf(box.category),
        }))
        .reverse(), // the surest is drawn last
    ];
    for (const [row, boxes] of rows.entries()) {
      const top = row * (height + gap) + gap;
      canvas.draw(values, image, enlarged, left, top);
      for (const { box, text, colour } of boxes) {
        const frame = placed(box, factor, left, top);
        drawFrame(canvas, frame, colour);
        const x = Math.max(left, Math.min(frame.x, left + width - textWidth(text)));
        drawText(canvas, text, Math.round(x), Math.round(Math.max(top, frame.y - textHeight)), colour);
      }
    }
  }
  return canvas.png();
}

/** Of detections on one place, of whatever class, the one with the highest score: the others would cover it. */
function surest(found: readonly Detection[]): Detection[] {
  const shown: Detection[] = [];
  for (const detection of [...found].sort((a, b) => b.score - a.score)) {
    if (detection.score < leastShown) break;
    if (shown.every((other) => intersectionOverUnion(other, detection) <= 0.5)) shown.push(detection);
  }
  return shown;
}

function placed({ x, y, width, height }: Box, factor: number, left: number, top: number): Box {
  return { x: left + x * factor, y: top + y * factor, width: width * factor, height: height * factor };
}

function nameOf(categories: readonly string[], category: number): string {
  return (categories[category] ?? '').slice(0, longestName);
}
