import { button, type Control, checkbox, dropdown, slider } from '../controls.ts';
import { emptyState, h, setChildren } from '../dom.ts';
import { formatCount } from '../format.ts';
import type { Pane } from '../pane.ts';
import type { Part, RunModel } from '../runs/runModel.ts';
import type { Axis, UiStore, Zoom } from '../state.ts';
import { LineChart } from './lineChart.ts';
import { linesOf, revisionOf } from './lines.ts';
import { type Mark, marksOf } from './marks.ts';
import { onThemeChange, readTheme } from './palette.ts';
import { type ChartPlan, planCharts } from './plan.ts';

export interface ChartsEvents {
  /** The reader zoomed in or out again: finer curves are wanted, or the whole ones. */
  zoomed(zoom: Zoom | null): void;
}

/** All curves of the shown runs, and how to look at them. */
export class ChartsPane implements Pane {
  readonly element = h('div', { class: 'charts-pane' });
  private readonly main = h('div', { class: 'chart-grid' });
  private readonly more = h('div', { class: 'chart-grid' });
  private readonly moreDetails: HTMLDetailsElement;
  private readonly markList = h('ul', { class: 'marks' });
  private readonly empty = emptyState(
    'No curve yet.',
    'The first numbers come with the first step of training.',
  );
  private readonly resetZoom: HTMLElement;
  private readonly axisChoice: Control<Axis>;
  private readonly charts = new Map<string, LineChart>();
  /** What each chart showed when it was drawn: those that would look the same are left alone. */
  private readonly drawn = new Map<string, string>();
  private runs: readonly RunModel[] = [];
  private theme = readTheme();

  constructor(
    private readonly store: UiStore,
    private readonly events: ChartsEvents,
  ) {
    const state = store.get();
    this.axisChoice = dropdown('By', axisChoices, state.axis, (axis) => this.setAxis(axis));
    this.resetZoom = button({ label: 'Reset zoom', press: () => this.setZoom(null) });
    const log = checkbox('Log scale', state.logScale, (logScale) => this.change({ logScale }));
    const smoothing = slider(
      'Smoothing',
      { min: 0, max: 0.95, step: 0.05 },
      state.smoothing,
      (value) => (value === 0 ? 'off' : value.toFixed(2)),
      (value) => this.change({ smoothing: value }),
    );
    this.moreDetails = h(
      'details',
      { class: 'more', open: state.moreCharts },
      h('summary', {}, 'More curves'),
      this.more,
    );
    this.moreDetails.addEventListener('toggle', () => this.change({ moreCharts: this.moreDetails.open }));
    setChildren(
      this.element,
      h(
        'div',
        { class: 'toolbar', role: 'group', 'aria-label': 'Curves' },
        this.axisChoice.element,
        log.element,
        smoothing.element,
        this.resetZoom,
      ),
      this.empty,
      this.main,
      this.markList,
      this.moreDetails,
    );
    new ResizeObserver(() => {
      for (const chart of this.charts.values()) chart.resize();
    }).observe(this.element);
    onThemeChange(() => {
      this.theme = readTheme();
      for (const chart of this.charts.values()) chart.setTheme(this.theme);
    });
  }

  draw(runs: readonly RunModel[], changed: ReadonlySet<Part>): void {
    if (this.runs === runs && !changed.has('series') && !changed.has('marks') && !changed.has('config'))
      return;
    this.runs = runs;
    this.redraw();
  }

  private redraw(): void {
    const state = this.store.get();
    const plans = planCharts(
      this.runs.flatMap(({ curves }) => [...curves.values()]),
      this.runs.length > 1,
    );
    const shown = plans.filter(({ group }) => group === 'main' || state.moreCharts);
    this.arrange(shown);
    this.empty.hidden = plans.length > 0;
    this.moreDetails.hidden = !plans.some(({ group }) => group === 'more');
    this.resetZoom.hidden = state.zoom === null;

    const marks = marksOf(this.runs, state.axis);
    this.listMarks(marks);
    const { axis, logScale, smoothing, zoom, hiddenCurves } = state;
    const names = this.runs.map(({ summary }) => summary.name);
    const options = JSON.stringify([axis, logScale, smoothing, zoom, hiddenCurves, marks, names]);
    for (const plan of shown) {
      const revision = `${options} ${revisionOf(plan, this.runs)}`;
      if (this.drawn.get(plan.id) === revision) continue;
      this.drawn.set(plan.id, revision);
      const lines = linesOf(plan, this.runs, {
        axis,
        smoothing,
        hidden: hiddenCurves,
      });
      this.charts.get(plan.id)!.draw({ lines, marks, axis, logScale, zoom });
    }
  }

  /** Makes charts that are missing, removes those that are not shown any more, and keeps them in order. */
  private arrange(plans: readonly ChartPlan[]): void {
    for (const [id, chart] of this.charts) {
      if (plans.some((plan) => plan.id === id)) continue;
      chart.destroy();
      this.charts.delete(id);
      this.drawn.delete(id);
    }
    const last = new Map<HTMLElement, Element | null>([
      [this.main, null],
      [this.more, null],
    ]);
    for (const plan of plans) {
      const grid = plan.group === 'main' ? this.main : this.more;
      let chart = this.charts.get(plan.id);
      if (!chart) {
        const made: LineChart = new LineChart(plan, this.theme, {
          cursor: (x) => {
            for (const other of this.charts.values()) if (other !== made) other.pointAt(x);
          },
          zoom: (from, to) => this.setZoom({ axis: this.store.get().axis, from, to }),
          resetZoom: () => this.setZoom(null),
          toggle: (line) => this.toggle(line),
        });
        chart = made;
        this.charts.set(plan.id, chart);
      }
      const before = last.get(grid) ?? null;
      const expected = before ? before.nextElementSibling : grid.firstElementChild;
      if (expected !== chart.element) grid.insertBefore(chart.element, expected);
      last.set(grid, chart.element);
    }
  }

  private listMarks(marks: readonly Mark[]): void {
    const texts = marks.map(({ step, text }) => `Step ${formatCount(step)}: ${text}`);
    this.markList.hidden = texts.length === 0;
    if (this.markList.childElementCount === texts.length) return;
    setChildren(this.markList, ...texts.map((text) => h('li', {}, text)));
  }

  private setAxis(axis: Axis): void {
    this.store.update({ axis });
    this.setZoom(null);
  }

  private setZoom(zoom: Zoom | null): void {
    const before = this.store.get().zoom;
    this.store.update({ zoom });
    this.redraw();
    if (zoom !== null || before !== null) this.events.zoomed(zoom);
  }

  private toggle(line: string): void {
    const { hiddenCurves } = this.store.get();
    this.change({
      hiddenCurves: hiddenCurves.includes(line)
        ? hiddenCurves.filter((id) => id !== line)
        : [...hiddenCurves, line],
    });
  }

  private change(changes: Parameters<UiStore['update']>[0]): void {
    this.store.update(changes);
    this.redraw();
  }
}

const axisChoices = [
  { value: 'step', title: 'step' },
  { value: 'epoch', title: 'epoch' },
  { value: 'time', title: 'time' },
] as const;
