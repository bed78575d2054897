import { h } from '../dom.ts';
import { formatCount, formatNumber } from '../format.ts';
import type { Line } from './lines.ts';

/** What a chart shows, for who cannot see it: a sentence for each line, and a table. */

/** "Loss. loss: 300 points, from 25.6 at step 1 to 16.3 at step 300; lowest 16.2 at step 291." */
export function describeChart(title: string, lines: readonly Line[], value: (y: number) => string): string {
  return [`${title}.`, ...lines.map((line) => describeLine(line, value))].join(' ');
}

function describeLine({ label, raw, steps, total }: Line, value: (y: number) => string): string {
  if (raw.length === 0) return `${label}: no points yet.`;
  let lowest = 0;
  let highest = 0;
  raw.forEach((y, index) => {
    if (y < raw[lowest]!) lowest = index;
    if (y > raw[highest]!) highest = index;
  });
  const at = (index: number): string => `${value(raw[index]!)} at step ${formatCount(steps[index]!)}`;
  if (raw.length === 1) return `${label}: ${at(0)}.`;
  return (
    `${label}: ${formatCount(total)} points, from ${at(0)} to ${at(raw.length - 1)}; ` +
    `lowest ${at(lowest)}, highest ${at(highest)}.`
  );
}

const rows = 12;

/** The curves as a table of a dozen rows: equally far apart in steps, first and last included. */
export function chartTable(title: string, lines: readonly Line[], value: (y: number) => string): HTMLElement {
  const steps = sampledSteps(lines);
  return h(
    'table',
    { class: 'data-table' },
    h('caption', {}, title),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'step'),
        ...lines.map(({ label }) => h('th', { scope: 'col' }, label)),
      ),
    ),
    h(
      'tbody',
      {},
      ...steps.map((step) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, formatNumber(step)),
          ...lines.map((line) => h('td', {}, valueAt(line, step, value))),
        ),
      ),
    ),
  );
}

function sampledSteps(lines: readonly Line[]): number[] {
  const steps = [...new Set(lines.flatMap((line) => line.steps))].sort((a, b) => a - b);
  if (steps.length <= rows) return steps;
  return Array.from(
    { length: rows },
    (_, row) => steps[Math.round((row * (steps.length - 1)) / (rows - 1))]!,
  );
}

/** The value of the last point not after a step. */
function valueAt({ steps, raw }: Line, step: number, value: (y: number) => string): string {
  let found = -1;
  for (let index = 0; index < steps.length && steps[index]! <= step; index++) found = index;
  return found < 0 ? '' : value(raw[found]!);
}
