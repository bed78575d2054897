import uPlot from 'uplot';
import { button } from '../controls.ts';
import { h, setText } from '../dom.ts';
import { formatNumber, formatPercent } from '../format.ts';
import type { Axis, Zoom } from '../state.ts';
import { align, nearestIndex } from './align.ts';
import { chartTable, describeChart } from './alternative.ts';
import { Legend } from './legend.ts';
import type { Line } from './lines.ts';
import type { Mark } from './marks.ts';
import { dashOf, type Theme } from './palette.ts';
import type { ChartPlan } from './plan.ts';
import { axisText, plotOptions } from './plotOptions.ts';

export interface ChartView {
  readonly lines: readonly Line[];
  readonly marks: readonly Mark[];
  readonly axis: Axis;
  readonly logScale: boolean;
  readonly zoom: Zoom | null;
}

export interface ChartEvents {
  /** The cursor stands at a place on the x axis, or nowhere: the other charts follow. */
  cursor(x: number | undefined): void;
  zoom(from: number, to: number): void;
  resetZoom(): void;
  toggle(line: string): void;
}

let chartCount = 0;

/**
 * One chart: title, legend with values, plot, and its text alternative. The plot is a slider over the points: arrow
 * keys move its cursor, and what it stands on is its value in words.
 */
export class LineChart {
  readonly element: HTMLElement;
  private readonly plotHost: HTMLElement;
  private readonly note = h('p', { class: 'chart-note' });
  private readonly description = h('p', { class: 'hidden-visually' });
  private readonly table = h('div', { class: 'chart-table', hidden: true, tabindex: 0, role: 'region' });
  private readonly position = h('span', { class: 'chart-position muted' });
  private readonly legend: Legend;
  private readonly tableButton: HTMLElement;
  private plot: uPlot | undefined;
  private view: ChartView | undefined;
  /** What the plot was built for; another shape needs another plot. */
  private shape = '';
  /** Index of the point under the cursor, on the first visible line; undefined when there is none. */
  private cursor: number | undefined;

  constructor(
    private readonly plan: ChartPlan,
    private theme: Theme,
    private readonly events: ChartEvents,
  ) {
    this.legend = new Legend(events.toggle);
    this.table.setAttribute('aria-label', `${plan.title} as a table`);
    const id = `chart-${++chartCount}`;
    this.description.id = `${id}-text`;
    this.plotHost = h('div', {
      class: 'plot',
      tabindex: 0,
      role: 'slider',
      'aria-label': `${plan.title}, cursor`,
      'aria-describedby': this.description.id,
    });
    this.plotHost.addEventListener('keydown', (event) => this.pressKey(event));
    this.tableButton = button({
      label: `${plan.title} as a table`,
      icon: 'table',
      appearance: 'icon',
      press: () => this.toggleTable(),
    });
    this.element = h(
      'figure',
      { class: 'chart', 'aria-label': plan.title },
      h(
        'figcaption',
        { class: 'chart-head' },
        h('h2', { class: 'cut', title: plan.title }, plan.title),
        this.position,
        this.tableButton,
      ),
      this.legend.element,
      this.plotHost,
      this.note,
      this.description,
      this.table,
    );
  }

  draw(view: ChartView): void {
    const previous = this.view;
    this.view = view;
    const positive = view.lines.some(({ raw }) => raw.some((value) => value > 0));
    const log = view.logScale && this.plan.canLog && positive;
    setText(
      this.note,
      view.logScale && this.plan.canLog && !positive ? 'Linear: a log scale needs positive values.' : '',
    );

    const shape = [
      view.axis,
      log,
      ...view.lines.map(({ id, style, y, raw }) => `${id}|${style}|${y !== raw}`),
    ].join();
    if (shape !== this.shape || !this.plot) {
      this.shape = shape;
      this.build(view, log);
    } else {
      this.applyData(this.plot, view, log);
      this.applyVisibility(this.plot, view.lines, previous?.lines);
    }
    this.showCursor();
    setText(
      this.description,
      describeChart(this.plan.title, view.lines, (y) => this.value(y)),
    );
    if (!this.table.hidden) this.fillTable();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.shape = '';
    if (this.view) this.draw(this.view);
  }

  resize(): void {
    const width = this.plotHost.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width)
      this.plot.setSize({ width, height: this.plot.height });
  }

  destroy(): void {
    this.plot?.destroy();
    this.element.remove();
  }

  private build(view: ChartView, log: boolean): void {
    this.plot?.destroy();
    this.legend.setLines(view.lines);
    const plot = new uPlot(
      plotOptions({
        theme: this.theme,
        axis: view.axis,
        log,
        width: this.plotHost.clientWidth || 400,
        value: (y) => this.value(y),
        series: this.columns(view).map(({ line, faint }) => ({
          show: !line.hidden,
          stroke: this.theme.lines[line.style % this.theme.lines.length]!,
          faint,
          dash: faint ? [] : dashOf(line.style),
        })),
        marks: () => this.view?.marks ?? [],
        moved: (plotted) => this.movePointer(plotted),
        selected: (from, to) => this.events.zoom(from, to),
        reset: () => this.events.resetZoom(),
      }),
      [[]],
      this.plotHost,
    );
    this.plot = plot;
    this.applyData(plot, view, log);
  }

  /** Smoothed lines have two columns: the values, faint, and the average over them. */
  private columns(view: ChartView): { line: Line; faint: boolean; y: readonly number[] }[] {
    return view.lines.flatMap((line) =>
      line.y === line.raw
        ? [{ line, faint: false, y: line.y }]
        : [
            { line, faint: true, y: line.raw },
            { line, faint: false, y: line.y },
          ],
    );
  }

  private applyData(plot: uPlot, view: ChartView, log: boolean): void {
    const lines = this.columns(view).map(({ line: { x }, y }) => ({ x, y }));
    const [x, ...columns] = align(lines);
    const shown = log
      ? columns.map((column) => column.map((y) => (y !== null && y > 0 ? y : null)))
      : columns;
    plot.batch(() => {
      plot.setData([x, ...shown], view.zoom === null);
      if (view.zoom) plot.setScale('x', { min: view.zoom.from, max: view.zoom.to });
    });
  }

  private applyVisibility(plot: uPlot, lines: readonly Line[], before: readonly Line[] | undefined): void {
    if (!before || lines.every(({ hidden }, index) => hidden === before[index]?.hidden)) return;
    this.legend.setHidden(lines);
    if (!this.view) return;
    this.columns(this.view).forEach(({ line }, index) => {
      plot.setSeries(index + 1, { show: !line.hidden });
    });
  }

  /** Puts the cursor where that of another chart stands. */
  pointAt(x: number | undefined): void {
    const line = this.leadingLine();
    if (!this.plot || !line) return;
    this.cursor = x === undefined ? undefined : nearestIndex(line.x, x);
    const nowhere = { left: -10, top: -10 };
    this.plot.setCursor(x === undefined ? nowhere : { left: this.plot.valToPos(x, 'x'), top: 0 }, false);
    this.showCursor();
  }

  /** The pointer moved over this chart. */
  private movePointer(plot: uPlot): void {
    const { left = -1 } = plot.cursor;
    const line = this.leadingLine();
    const x = left < 0 ? undefined : plot.posToVal(left, 'x');
    this.cursor = x === undefined || !line ? undefined : nearestIndex(line.x, x);
    this.showCursor();
    this.events.cursor(x);
  }

  /** Writes the values at the cursor, or the last ones when there is none. */
  private showCursor(): void {
    if (!this.view) return;
    const line = this.leadingLine();
    const position = line && this.cursor !== undefined ? line.x[this.cursor] : undefined;
    const values = this.view.lines.map(({ x, y }) => {
      const index = position === undefined ? x.length - 1 : nearestIndex(x, position);
      const value = index === undefined ? undefined : y[index];
      return value === undefined ? '' : this.value(value);
    });
    this.legend.setValues(values);
    setText(this.position, position === undefined ? '' : axisText(this.view.axis, position));

    const last = Math.max(0, (line?.x.length ?? 0) - 1);
    const index = Math.min(this.cursor ?? last, last);
    const at = line?.x[index] ?? 0;
    this.plotHost.setAttribute('aria-valuemin', '0');
    this.plotHost.setAttribute('aria-valuemax', String(last));
    this.plotHost.setAttribute('aria-valuenow', String(index));
    this.plotHost.setAttribute(
      'aria-valuetext',
      line
        ? `${axisText(this.view.axis, at)}: ${this.view.lines
            .flatMap(({ hidden, label }, i) => (hidden ? [] : [`${label} ${values[i]}`]))
            .join(', ')}`
        : 'no curve is shown',
    );
  }

  private leadingLine(): Line | undefined {
    return this.view?.lines.find(({ hidden, x }) => !hidden && x.length > 0);
  }

  private pressKey(event: KeyboardEvent): void {
    const line = this.leadingLine();
    if (!this.plot || !line) return;
    const last = line.x.length - 1;
    const at = this.cursor ?? last;
    const jump = Math.max(1, Math.round(last / 20));
    const next = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowDown: at - 1,
      ArrowUp: at + 1,
      PageDown: at - jump,
      PageUp: at + jump,
      Home: 0,
      End: last,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.moveCursor(line, Math.min(last, Math.max(0, next)));
    } else if (event.key === '+' || event.key === '-') {
      event.preventDefault();
      this.zoomAround(line.x[at]!, event.key === '+' ? 0.5 : 2);
    } else if (event.key === 'Escape') {
      this.events.resetZoom();
    }
  }

  private moveCursor(line: Line, index: number): void {
    const x = line.x[index]!;
    this.pointAt(x);
    this.cursor = index; // several points may lie at one place
    this.showCursor();
    this.events.cursor(x);
  }

  private zoomAround(position: number, factor: number): void {
    const { min, max } = this.plot!.scales.x!;
    if (min == null || max == null) return;
    const from = position - (position - min) * factor;
    const to = position + (max - position) * factor;
    const [first, last] = [this.leadingLine()?.x[0] ?? from, this.leadingLine()?.x.at(-1) ?? to];
    if (from <= first && to >= last) this.events.resetZoom();
    else this.events.zoom(Math.max(from, first), Math.min(to, last));
  }

  private toggleTable(): void {
    this.table.hidden = !this.table.hidden;
    this.tableButton.setAttribute('aria-pressed', String(!this.table.hidden));
    if (!this.table.hidden) this.fillTable();
  }

  private fillTable(): void {
    this.table.replaceChildren(chartTable(this.plan.title, this.view?.lines ?? [], (y) => this.value(y)));
  }

  private value(y: number): string {
    return this.plan.unit === 'fraction' ? formatPercent(y) : formatNumber(y);
  }
}
