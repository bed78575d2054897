import type { HealthState, Verdict } from '../../server/protocol/run.ts';
import { cut, h, setChildren } from '../dom.ts';
import type { Tone } from '../header/states.ts';
import { type IconName, icon } from '../icons.ts';
import type { RunModel } from '../runs/runModel.ts';

const looks: Readonly<Record<HealthState, { title: string; icon: IconName; tone: Tone }>> = {
  healthy: { title: 'Healthy', icon: 'check', tone: 'good' },
  dimensionalCollapse: { title: 'Dimensional collapse', icon: 'warning', tone: 'warn' },
  completeCollapse: { title: 'Complete collapse', icon: 'error', tone: 'bad' },
  notBeatingRawInput: { title: 'Not beating the raw input', icon: 'warning', tone: 'warn' },
  unknown: { title: 'Not known yet', icon: 'info', tone: 'quiet' },
};

export function verdictTitle({ state }: Pick<Verdict, 'state'>): string {
  return looks[state].title;
}

/** Whether the representation is any good: the state in words, why, and what to do about it. */
export class VerdictBox {
  readonly element = h('section', { class: 'verdicts', 'aria-label': 'Verdict' });
  private shown = '';

  draw(runs: readonly RunModel[]): void {
    const content = JSON.stringify(runs.map(({ summary: { name, verdict } }) => [name, verdict]));
    if (content === this.shown) return;
    this.shown = content;
    setChildren(
      this.element,
      ...runs.map(({ summary }) => verdictCard(summary.verdict, runs.length > 1 ? summary.name : undefined)),
    );
  }
}

function verdictCard(verdict: Verdict | undefined, run: string | undefined): HTMLElement {
  const { title, icon: name, tone } = looks[verdict?.state ?? 'unknown'];
  return h(
    'div',
    { class: `verdict tone-${tone}` },
    icon(name),
    h(
      'div',
      { class: 'verdict-text' },
      h('p', { class: 'verdict-title' }, title, run !== undefined && cut(run, 'muted')),
      h(
        'p',
        {},
        verdict?.summary ??
          'No evaluation yet. The first one is made after the first epochs (evaluate.every).',
      ),
      verdict?.cause !== undefined && h('p', {}, h('strong', {}, 'Cause: '), verdict.cause),
      verdict?.fix !== undefined && h('p', {}, h('strong', {}, 'Fix: '), verdict.fix),
    ),
  );
}
