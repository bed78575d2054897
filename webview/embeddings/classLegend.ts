import type { EmbeddingMap } from '../../server/protocol/runView.ts';
import type { Theme } from '../charts/palette.ts';
import { h } from '../dom.ts';
import { drawPoint } from './shapes.ts';

const size = 14;

/** Classes with their colour and shape; a press hides or shows the points of one. */
export class ClassLegend {
  readonly element = h('div', { class: 'class-legend', role: 'group', 'aria-label': 'Classes' });
  readonly hidden = new Set<number>();
  private names = '';
  private swatches: { readonly canvas: HTMLCanvasElement; readonly label: number }[] = [];

  constructor(private readonly changed: () => void) {}

  setClasses({ classes, labels }: EmbeddingMap, theme: Theme): void {
    const unknown = classes.length > 0 && labels.includes(-1);
    const entries = classes.map((name, label) => ({ name, label }));
    if (unknown) entries.push({ name: 'unknown', label: -1 });
    const names = JSON.stringify(entries);
    if (names !== this.names) {
      this.names = names;
      this.hidden.clear();
      this.swatches = [];
      this.element.replaceChildren(...entries.map(({ name, label }) => this.entry(name, label)));
    }
    this.setTheme(theme);
  }

  setTheme(theme: Theme): void {
    for (const { canvas, label } of this.swatches) {
      const context = canvas.getContext('2d')!;
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      context.clearRect(0, 0, size, size);
      drawPoint(context, theme, label, size / 2, size / 2, 4);
    }
  }

  private entry(name: string, label: number): HTMLElement {
    const pixels = Math.round(size * devicePixelRatio);
    const canvas = h('canvas', {
      class: 'class-swatch',
      width: pixels,
      height: pixels,
      'aria-hidden': 'true',
    });
    this.swatches.push({ canvas, label });
    const element = h(
      'button',
      { type: 'button', class: 'legend-entry', title: name, 'aria-pressed': 'true' },
      canvas,
      h('span', { class: 'legend-label' }, name),
    );
    element.addEventListener('click', () => {
      const hide = !this.hidden.delete(label);
      if (hide) this.hidden.add(label);
      element.setAttribute('aria-pressed', String(!hide));
      this.changed();
    });
    return element;
  }
}
