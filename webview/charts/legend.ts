import { h, setText, svg } from '../dom.ts';
import type { Line } from './lines.ts';
import { dashOf } from './palette.ts';

/** The lines of a chart by name, with the value under the cursor; a press switches a line off or on. */
export class Legend {
  readonly element = h('div', { class: 'legend', role: 'group', 'aria-label': 'Curves' });
  private entries: { readonly button: HTMLButtonElement; readonly value: HTMLSpanElement }[] = [];

  constructor(private readonly toggle: (id: string) => void) {}

  setLines(lines: readonly Line[]): void {
    this.entries = lines.map((line) => {
      const value = h('span', { class: 'legend-value' });
      const button = h(
        'button',
        { type: 'button', class: 'legend-entry', title: line.label, 'aria-pressed': String(!line.hidden) },
        swatch(line.style),
        h('span', { class: 'legend-label' }, line.label),
        value,
      );
      button.addEventListener('click', () => this.toggle(line.id));
      return { button, value };
    });
    this.element.replaceChildren(...this.entries.map(({ button }) => button));
  }

  setHidden(lines: readonly Line[]): void {
    lines.forEach((line, index) => {
      this.entries[index]?.button.setAttribute('aria-pressed', String(!line.hidden));
    });
  }

  setValues(values: readonly string[]): void {
    values.forEach((value, index) => {
      const entry = this.entries[index];
      if (entry) setText(entry.value, value);
    });
  }
}

/** A piece of the line as it is drawn. */
export function swatch(style: number): SVGSVGElement {
  return svg(
    'svg',
    { class: `swatch colour-${style % 6}`, viewBox: '0 0 24 8', width: 24, height: 8, 'aria-hidden': 'true' },
    svg('line', {
      x1: 0,
      y1: 4,
      x2: 24,
      y2: 4,
      stroke: 'currentColor',
      'stroke-width': 2,
      'stroke-dasharray': dashOf(style).join(' '),
    }),
  );
}
