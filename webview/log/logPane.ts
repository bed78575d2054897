import type { App } from '../app.ts';
import { button, dropdown } from '../controls.ts';
import { emptyState, h, setChildren } from '../dom.ts';
import type { Pane } from '../pane.ts';
import type { Part, RunModel } from '../runs/runModel.ts';

/** The end of the log, of one run at a time. Follows new lines while it is scrolled to its end. */
export class LogPane implements Pane {
  readonly element: HTMLElement;
  private readonly lines = h('pre', { class: 'log', tabindex: 0, role: 'log', 'aria-label': 'Log' });
  private readonly empty = emptyState('The log is empty.');
  private readonly choice = dropdown<string>('Run', [], '', (run) => {
    this.chosen = run;
    this.show();
  });
  private chosen: string | undefined;
  private runs: readonly RunModel[] = [];

  constructor(app: App) {
    this.element = h(
      'div',
      { class: 'log-pane' },
      h(
        'div',
        { class: 'toolbar' },
        this.choice.element,
        button({
          label: 'Open whole log',
          press: () => {
            if (this.run) app.act({ action: 'openLog', run: this.run.id });
          },
        }),
      ),
      this.empty,
      this.lines,
    );
  }

  draw(runs: readonly RunModel[], changed: ReadonlySet<Part>): void {
    if (runs !== this.runs) {
      this.runs = runs;
      this.choice.setChoices(
        runs.map(({ id, summary }) => ({ value: id, title: summary.name })),
        this.run?.id ?? '',
      );
      this.choice.element.hidden = runs.length < 2;
    } else if (!changed.has('log')) return;
    this.show();
  }

  private get run(): RunModel | undefined {
    return this.runs.find(({ id }) => id === this.chosen) ?? this.runs[0];
  }

  private show(): void {
    const log = this.run?.log ?? [];
    const { scrollTop, clientHeight, scrollHeight } = this.lines;
    const atEnd = scrollTop + clientHeight >= scrollHeight - 4;
    setChildren(this.lines, ...log.map(logLine));
    this.empty.hidden = log.length > 0;
    this.lines.hidden = log.length === 0;
    if (atEnd) this.lines.scrollTop = this.lines.scrollHeight;
  }
}

/** "2026-11-23T21:25:54.050Z info    Data: ..." with its time short and its level marked. */
function logLine(line: string): HTMLElement {
  const found = /^\d{4}-\d\d-\d\dT(\S+?)(?:\.\d+)?Z\s+(\w+)\s+(.*)$/.exec(line);
  if (!found) return h('div', {}, line);
  const [, time = '', level = '', text = ''] = found;
  return h(
    'div',
    { class: `log-${level}` },
    h('span', { class: 'log-time' }, time),
    level !== 'info' && h('span', { class: 'log-level' }, level),
    text,
  );
}
