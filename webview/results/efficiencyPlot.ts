import uPlot from 'uplot';
import type { Efficiency } from '../../server/protocol/efficiency.ts';
import { valueWords } from '../../server/protocol/measures.ts';
import { Legend } from '../charts/legend.ts';
import { dashOf, type Theme } from '../charts/palette.ts';
import { h } from '../dom.ts';

/** What a task reaches against its number of labels on a logarithmic axis, with the spread of the draws as bars. */
export class EfficiencyPlot {
  readonly element: HTMLElement;
  private readonly host = h('div', { class: 'plot' });
  private readonly legend = new Legend((id) => this.toggle(id));
  private readonly hidden = new Set<string>();
  private plot: uPlot | undefined;

  constructor(
    private readonly chart: Efficiency,
    private theme: Theme,
  ) {
    this.host.setAttribute('role', 'img');
    this.host.setAttribute('aria-label', describe(chart));
    this.element = h(
      'figure',
      { class: 'chart' },
      h(
        'figcaption',
        { class: 'chart-head' },
        h('h2', { class: 'cut', title: chart.title }, chart.title),
        h('span', { class: 'muted' }, chart.value),
      ),
      this.legend.element,
      this.host,
      hasSpread(chart) &&
        h('p', { class: 'chart-note' }, 'Bars: one standard deviation over the draws of the labels.'),
    );
  }

  /** Draws anew; the element must be in the page, for its width. */
  draw(theme = this.theme): void {
    this.theme = theme;
    this.plot?.destroy();
    const { positions, lines, labels, percent } = this.chart;
    this.legend.setLines(
      lines.map(({ title, id }, style) => ({
        id,
        label: title,
        style,
        hidden: this.hidden.has(id),
        x: [],
        y: [],
        raw: [],
        steps: [],
        total: 0,
      })),
    );
    this.legend.setValues(lines.map(({ points }) => lastValue(points)));
    const common = {
      stroke: theme.muted,
      font: theme.font,
      grid: { stroke: theme.grid, width: 1 },
      ticks: { show: false },
    };
    const [low, high] = limits(this.chart);
    this.plot = new uPlot(
      {
        width: this.host.clientWidth || 400,
        height: 220,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, distr: 3, range: () => [positions[0]! / 1.4, positions.at(-1)! * 1.4] },
          y: { range: () => [low, high] },
        },
        axes: [
          {
            ...common,
            size: 26,
            gap: 4,
            label: this.chart.unit,
            labelSize: 18,
            labelGap: 0,
            labelFont: theme.font,
            splits: () => [...positions],
            filter: (_plot, splits) => splits,
            values: () => labels.map(String),
          },
          {
            ...common,
            size: 44,
            gap: 4,
            values: (_plot, ticks) =>
              ticks.map((y) => (percent ? `${Math.round(y * 100)} %` : String(+y.toPrecision(3)))),
          },
        ],
        series: [
          {},
          ...lines.map(({ id }, style) => ({
            show: !this.hidden.has(id),
            stroke: theme.lines[style % theme.lines.length]!,
            width: 1.75,
            dash: [...dashOf(style)],
            spanGaps: true,
            points: { show: true, size: 6, fill: theme.lines[style % theme.lines.length]! },
          })),
        ],
        hooks: { draw: [(plot) => this.drawBars(plot)] },
      },
      [[...positions], ...lines.map(({ points }) => points.map((point) => point?.value ?? null))],
      this.host,
    );
  }

  resize(): void {
    const width = this.host.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width)
      this.plot.setSize({ width, height: this.plot.height });
  }

  destroy(): void {
    this.plot?.destroy();
  }

  private toggle(id: string): void {
    if (!this.hidden.delete(id)) this.hidden.add(id);
    this.draw();
  }

  private drawBars(plot: uPlot): void {
    const { ctx } = plot;
    const pixel = devicePixelRatio;
    ctx.save();
    ctx.lineWidth = 1.25 * pixel;
    ctx.setLineDash([]);
    this.chart.lines.forEach(({ id, points }, style) => {
      if (this.hidden.has(id)) return;
      ctx.strokeStyle = this.theme.lines[style % this.theme.lines.length]!;
      points.forEach((point, index) => {
        if (!point || point.std === 0) return;
        // A little apart, so that bars at the same number of labels do not cover each other.
        const x = plot.valToPos(this.chart.positions[index]!, 'x', true) + (style - 1) * 2 * pixel;
        const top = plot.valToPos(point.value + point.std, 'y', true);
        const bottom = plot.valToPos(point.value - point.std, 'y', true);
        ctx.beginPath();
        ctx.moveTo(x, top);
        ctx.lineTo(x, bottom);
        for (const end of [top, bottom]) {
          ctx.moveTo(x - 3 * pixel, end);
          ctx.lineTo(x + 3 * pixel, end);
        }
        ctx.stroke();
      });
    });
    ctx.restore();
  }
}

function limits({ lines, percent }: Efficiency): [number, number] {
  const ends = lines.flatMap(({ points }) =>
    points.flatMap((point) => (point ? [point.value - point.std, point.value + point.std] : [])),
  );
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  const room = Math.max(0.02, (high - low) * 0.06);
  return percent ? [Math.max(0, low - room), Math.min(1.02, high + room)] : [low - room, high + room];
}

function hasSpread({ lines }: Efficiency): boolean {
  return lines.some(({ points }) => points.some((point) => point !== undefined && point.std > 0));
}

function lastValue(points: Efficiency['lines'][number]['points']): string {
  const last = points.findLast((point) => point !== undefined);
  return last ? valueWords({ ...last, draws: 1 }) : '';
}

function describe({ title, unit, value, labels, lines }: Efficiency): string {
  const texts = lines.map(({ title: name, points }) => {
    const values = points.flatMap((point, index) =>
      point ? [`${valueWords({ ...point, draws: 1 })} with ${labels[index]}`] : [],
    );
    return `${name}: ${values.join(', ')}`;
  });
  return `${title}: ${value} by ${unit}. ${texts.join('. ')}. The table has the same numbers.`;
}
