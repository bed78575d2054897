import { readTheme, type Theme } from '../charts/palette.ts';
import { h } from '../dom.ts';
import { nearestPoint, nextPoint, type Position, Projection } from './geometry.ts';
import { drawPoint } from './shapes.ts';

export interface ScatterEvents {
  /** The point under the pointer or the keyboard's cursor, and where it is in the field. */
  hover(index: number | undefined, at: Position): void;
  open(index: number): void;
}

const margin = 14;
const reach = 14;

/** A field of points on a canvas. Arrow keys walk from point to point, Enter and a click open one. */
export class Scatter {
  private readonly canvas = h('canvas', { 'aria-hidden': 'true' });
  readonly element = h('div', { class: 'scatter', tabindex: 0, role: 'application' }, this.canvas);
  private positions: readonly Position[] = [];
  private labels: readonly number[] = [];
  private hidden: ReadonlySet<number> = new Set();
  private pixels: Position[] = [];
  private current: number | undefined;
  private theme: Theme = readTheme();

  constructor(private readonly events: ScatterEvents) {
    this.element.addEventListener('pointermove', ({ offsetX, offsetY }) => this.point([offsetX, offsetY]));
    this.element.addEventListener('pointerleave', () => this.select(undefined));
    this.element.addEventListener('blur', () => this.select(undefined));
    this.element.addEventListener('click', () => {
      if (this.current !== undefined) this.events.open(this.current);
    });
    this.element.addEventListener('keydown', (event) => this.pressKey(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  show(positions: readonly Position[], labels: readonly number[], hidden: ReadonlySet<number>): void {
    this.positions = positions;
    this.labels = labels;
    this.hidden = hidden;
    if (this.current !== undefined && this.current >= positions.length) this.select(undefined);
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    const scale = devicePixelRatio;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const context = this.canvas.getContext('2d')!;
    context.scale(scale, scale);
    const projection = new Projection(this.positions, width, height, margin);
    this.pixels = this.positions.map((position, index) =>
      this.isHidden(index) ? [Number.NaN, Number.NaN] : projection.toPixel(position),
    );
    const radius = this.positions.length > 1500 ? 2 : 3;
    context.globalAlpha = 0.85;
    this.pixels.forEach(([x, y], index) => {
      if (!this.isHidden(index)) drawPoint(context, this.theme, this.labels[index] ?? -1, x, y, radius);
    });
    if (this.current !== undefined && !this.isHidden(this.current)) this.drawCursor(context, this.current);
  }

  private drawCursor(context: CanvasRenderingContext2D, index: number): void {
    const [x, y] = this.pixels[index]!;
    context.globalAlpha = 1;
    drawPoint(context, this.theme, this.labels[index] ?? -1, x, y, 4);
    context.strokeStyle = this.theme.foreground;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.stroke();
  }

  private isHidden(index: number): boolean {
    return this.hidden.has(this.labels[index] ?? -1);
  }

  private point(at: Position): void {
    this.select(nearestPoint(this.pixels, at, reach));
  }

  private select(index: number | undefined): void {
    if (index === this.current) return;
    this.current = index;
    this.element.classList.toggle('on-point', index !== undefined);
    this.draw();
    this.events.hover(index, index === undefined ? [0, 0] : this.pixels[index]!);
  }

  private pressKey(event: KeyboardEvent): void {
    const directions: Record<string, Position> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const direction = directions[event.key];
    if (direction && this.positions.length > 0) {
      event.preventDefault();
      if (this.current === undefined) {
        const middle: Position = [this.element.clientWidth / 2, this.element.clientHeight / 2];
        this.select(nearestPoint(this.pixels, middle, Number.POSITIVE_INFINITY));
      } else this.select(nextPoint(this.pixels, this.current, direction) ?? this.current);
    } else if (event.key === 'Enter' && this.current !== undefined) {
      event.preventDefault();
      this.events.open(this.current);
    } else if (event.key === 'Escape') this.select(undefined);
  }
}
