import { type Comparison, compareRunsRequest } from '../../server/protocol/editor.ts';
import { type App, errorText } from '../app.ts';
import { swatch } from '../charts/legend.ts';
import { button, dropdown } from '../controls.ts';
import { cut, emptyState, h, setChildren } from '../dom.ts';
import type { Pane } from '../pane.ts';
import type { Part, RunModel } from '../runs/runModel.ts';

/** Of one run its resolved config; of several the settings in which they differ. */
export class SettingsPane implements Pane {
  readonly element = h('div', { class: 'settings-pane' });
  private runs: readonly RunModel[] = [];
  private asked = 0;

  constructor(private readonly app: App) {}

  draw(runs: readonly RunModel[], changed: ReadonlySet<Part>): void {
    if (runs === this.runs && !changed.has('config')) return;
    this.runs = runs;
    const [run] = runs;
    if (!run) return;
    if (runs.length === 1) this.drawConfig(run);
    else void this.compare();
  }

  private drawConfig(run: RunModel): void {
    setChildren(
      this.element,
      h(
        'div',
        { class: 'toolbar' },
        h('span', { class: 'muted' }, 'As the run took it, with every default written out.'),
        button({
          label: 'Open config file',
          press: () => this.app.act({ action: 'openConfig', run: run.id }),
        }),
      ),
      h('pre', { class: 'config', tabindex: 0, 'aria-label': 'Config' }, run.config),
    );
  }

  private async compare(): Promise<void> {
    const asked = ++this.asked;
    const runs = this.runs;
    try {
      const comparison = await this.app.connection.sendRequest(compareRunsRequest, {
        runs: runs.map(({ id }) => id),
      });
      if (asked === this.asked) this.drawComparison(comparison);
    } catch (error) {
      if (asked === this.asked)
        setChildren(this.element, emptyState('The runs cannot be compared.', errorText(error)));
    }
  }

  private drawComparison({ runs, settings }: Comparison): void {
    setChildren(
      this.element,
      this.diffBar(),
      settings.length === 0
        ? emptyState('These runs have the same settings.')
        : h(
            'div',
            { class: 'scroll-x', tabindex: 0, role: 'region', 'aria-label': 'Differing settings' },
            h(
              'table',
              { class: 'data-table' },
              h('caption', {}, 'Settings in which the runs differ'),
              h(
                'thead',
                {},
                h(
                  'tr',
                  {},
                  h('th', { scope: 'col' }, 'setting'),
                  ...runs.map(({ name, id }) =>
                    h('th', { scope: 'col' }, swatch(this.runs.findIndex((run) => run.id === id)), cut(name)),
                  ),
                ),
              ),
              h(
                'tbody',
                {},
                ...settings.map(({ key, values }) =>
                  h(
                    'tr',
                    {},
                    h('th', { scope: 'row' }, key),
                    ...values.map((value) => h('td', {}, cut(value))),
                  ),
                ),
              ),
            ),
          ),
    );
  }

  /** Which two configs are laid side by side in the diff editor. */
  private diffBar(): HTMLElement {
    const choices = this.runs.map(({ id, summary }) => ({ value: id, title: summary.name }));
    const pair: [string, string] = [choices[0]!.value, choices[1]!.value];
    const choose = (side: 0 | 1, label: string): HTMLElement =>
      dropdown<string>(label, choices, pair[side], (run) => {
        pair[side] = run;
      }).element;
    return h(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'Diff of configs' },
      choose(0, 'Config of'),
      choose(1, 'beside'),
      button({
        label: 'Diff configs',
        press: () => this.app.act({ action: 'diffConfigs', runs: [...pair] }),
      }),
    );
  }
}
