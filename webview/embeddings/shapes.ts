import type { Theme } from '../charts/palette.ts';

/** Classes are told apart by colour and by shape; the two run through their lists at different lengths. */
type Draw = (context: CanvasRenderingContext2D, x: number, y: number, r: number) => void;

const polygon =
  (...corners: readonly (readonly [number, number])[]): Draw =>
  (context, x, y, r) => {
    corners.forEach(([dx, dy], index) => {
      if (index === 0) context.moveTo(x + dx * r, y + dy * r);
      else context.lineTo(x + dx * r, y + dy * r);
    });
    context.closePath();
  };

const shapes: readonly Draw[] = [
  (context, x, y, r) => context.arc(x, y, r, 0, 2 * Math.PI),
  polygon([-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]),
  polygon([0, -1.2], [1.1, 0.9], [-1.1, 0.9]),
  polygon([0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]),
  polygon(
    [-0.4, -1.2],
    [0.4, -1.2],
    [0.4, -0.4],
    [1.2, -0.4],
    [1.2, 0.4],
    [0.4, 0.4],
    [0.4, 1.2],
    [-0.4, 1.2],
    [-0.4, 0.4],
    [-1.2, 0.4],
    [-1.2, -0.4],
    [-0.4, -0.4],
  ),
];

/** Draws a point of a class; -1 is unknown. */
export function drawPoint(
  context: CanvasRenderingContext2D,
  theme: Theme,
  label: number,
  x: number,
  y: number,
  radius: number,
): void {
  context.fillStyle = label < 0 ? theme.muted : theme.lines[label % theme.lines.length]!;
  context.beginPath();
  (label < 0 ? shapes[0]! : shapes[label % shapes.length]!)(context, x, y, radius);
  context.fill();
}
