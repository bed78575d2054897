import { efficiencyOf, whatItBought } from '../../server/protocol/efficiency.ts';
import { bestOf, valueText } from '../../server/protocol/measures.ts';
import {
  groupResults,
  isWrittenAlike,
  shownVariants,
  tableTitle,
  variantTitles,
  whatPretrainingBought,
} from '../../server/protocol/results.ts';
import type { Result } from '../../server/protocol/run.ts';
import type { App } from '../app.ts';
import { onThemeChange, readTheme } from '../charts/palette.ts';
import { emptyState, h, setChildren } from '../dom.ts';
import { isLive } from '../header/states.ts';
import type { Pane } from '../pane.ts';
import type { Part, RunModel } from '../runs/runModel.ts';
import { EfficiencyPlot } from './efficiencyPlot.ts';
import { foundObjects } from './foundObjects.ts';

/** Every number beside its controls, accuracy by number of labels, and in words what pretraining bought. */
export class ResultsPane implements Pane {
  readonly element = h('div', { class: 'results-pane' });
  private plots: EfficiencyPlot[] = [];
  private runs: readonly RunModel[] = [];

  constructor(private readonly app: Pick<App, 'fileUri'>) {
    new ResizeObserver(() => {
      for (const plot of this.plots) plot.resize();
    }).observe(this.element);
    onThemeChange(() => {
      for (const plot of this.plots) plot.draw(readTheme());
    });
  }

  draw(runs: readonly RunModel[], changed: ReadonlySet<Part>): void {
    if (runs === this.runs && !changed.has('results')) return;
    this.runs = runs;
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    setChildren(this.element, ...runs.map((run) => this.runSection(run, runs.length > 1)));
    for (const plot of this.plots) plot.draw();
  }

  private runSection(run: RunModel, several: boolean): HTMLElement {
    const { summary, results } = run;
    const heading = several && h('h2', { class: 'cut', title: summary.name }, summary.name);
    if (results.length === 0) {
      return h(
        'section',
        {},
        heading,
        isLive(summary.state)
          ? emptyState(
              'No results yet.',
              'They come after pretraining: kNN and linear probe if the data has labels, and what downstream asks for.',
            )
          : emptyState(
              'No results.',
              'Labels allow kNN and linear probe; downstream asks for more: what few labels, boxes or known numbers are good for.',
            ),
      );
    }
    const tasks = efficiencyOf(results);
    const plots = tasks
      .filter(({ labels }) => labels.length > 1)
      .map((task) => new EfficiencyPlot(task, readTheme()));
    this.plots.push(...plots);
    const bought = whatPretrainingBought(results);
    return h(
      'section',
      {},
      heading,
      tasks.length > 0 &&
        h(
          'div',
          { class: 'bought' },
          h('h2', {}, 'What pretraining bought'),
          ...tasks.map((task) => h('p', {}, h('strong', {}, whatItBought(task)))),
          h('ul', {}, ...bought.map((sentence) => h('li', {}, sentence))),
        ),
      resultsTable(results, summary.name),
      plots.length > 0 && h('div', { class: 'chart-grid' }, ...plots.map(({ element }) => element)),
      foundObjects(results, (file) => this.app.fileUri(run, file)),
    );
  }
}

function resultsTable(results: readonly Result[], run: string): HTMLElement {
  const rows = groupResults(results);
  const shown = shownVariants(rows);
  return h(
    'div',
    { class: 'scroll-x', tabindex: 0, role: 'region', 'aria-label': `Results of ${run}` },
    h(
      'table',
      { class: 'data-table numbers' },
      h('caption', {}, tableTitle(rows)),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'measure'),
          ...shown.map((v) => h('th', { scope: 'col' }, variantTitles[v])),
        ),
      ),
      h(
        'tbody',
        {},
        ...rows.map(({ title, cells }) => {
          const best = bestOf([...cells.values()]);
          return h(
            'tr',
            {},
            h('th', { scope: 'row' }, title),
            ...shown.map((variant) => {
              const result = cells.get(variant);
              if (!result) return h('td', { class: 'muted' }, '–');
              const text = valueText(result);
              return h(
                'td',
                { title: result.protocol },
                best && isWrittenAlike(result, best) ? h('strong', {}, text) : text,
              );
            }),
          );
        }),
      ),
    ),
  );
}
