import type { Canvas } from './pictures.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** Letters of 3 x 5 pixels, one octal digit a row: pictures need no fonts, which servers often lack. */
const letters: Readonly<Record<string, string>> = {
  ...{ 0: '75557', 1: '26227', 2: '71747', 3: '71717', 4: '55711', 5: '74717', 6: '74757', 7: '71122' },
  ...{ 8: '75757', 9: '75717', A: '25755', B: '65656', C: '34443', D: '65556', E: '74647', F: '74644' },
  ...{ G: '34553', H: '55755', I: '72227', J: '11152', K: '55655', L: '44447', M: '57755', N: '65555' },
  ...{ O: '25552', P: '65644', Q: '25563', R: '65655', S: '34216', T: '72222', U: '55557', V: '55552' },
  ...{ W: '55775', X: '55255', Y: '55222', Z: '71247', '-': '00700', '.': '00002', _: '00007' },
  ...{ ' ': '00000', '?': '71202' },
};
const enlarged = 2;
export const textHeight = 7 * enlarged;

export function textWidth(text: string): number {
  return (4 * text.length + 1) * enlarged;
}

/** Writes a line on a filled ground, its upper left corner at (left, top). Unknown letters become question marks. */
export function drawText(canvas: Canvas, text: string, left: number, top: number, ground: Colour): void {
  // White on dark colours, black on light ones.
  const ink: Colour =
    ground[0] * 0.3 + ground[1] * 0.59 + ground[2] * 0.11 > 140 ? [0, 0, 0] : [255, 255, 255];
  fill(canvas, left, top, textWidth(text), textHeight, ground);
  for (const [place, letter] of [...text.toUpperCase()].entries()) {
    const rows = letters[letter] ?? letters['?']!;
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 3; x++) {
        if ((Number(rows[y]) & (4 >> x)) === 0) continue;
        const at = left + (1 + 4 * place + x) * enlarged;
        fill(canvas, at, top + (1 + y) * enlarged, enlarged, enlarged, ink);
      }
  }
}

/** Draws the edge of a rectangle, two pixels wide, inwards. */
export function drawFrame(
  canvas: Canvas,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  colour: Colour,
): void {
  const thickness = 2;
  const [left, top] = [Math.round(x), Math.round(y)];
  const [w, h] = [Math.max(thickness, Math.round(width)), Math.max(thickness, Math.round(height))];
  fill(canvas, left, top, w, thickness, colour);
  fill(canvas, left, top + h - thickness, w, thickness, colour);
  fill(canvas, left, top, thickness, h, colour);
  fill(canvas, left + w - thickness, top, thickness, h, colour);
}

/** Fills a rectangle; what lies outside of the canvas is left out. */
function fill(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
  colour: Colour,
): void {
  const { pixels } = canvas;
  for (let y = Math.max(0, top); y < Math.min(canvas.height, top + height); y++)
    for (let x = Math.max(0, left); x < Math.min(canvas.width, left + width); x++)
      pixels.set(colour, (y * canvas.width + x) * 3);
}
