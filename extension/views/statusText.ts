import type { RunSummary } from '../../server/protocol/runView.ts';
import { duration, percent, stateWords } from './format.ts';
import { icons } from './runItem.ts';

export interface StatusText {
  readonly text: string;
  /** Without icons, for screen readers and the tooltip. */
  readonly spoken: string;
}

/** What the status bar says about the runs that are live; nothing when none is. */
export function statusText(live: readonly RunSummary[]): StatusText | undefined {
  const first = live.find((run) => run.state === 'running') ?? live[0];
  if (first === undefined) return undefined;
  const more = live.length > 1 ? ` (+${live.length - 1})` : '';
  const parts =
    first.progress && first.state === 'running'
      ? [`${percent(first.progress)} %`]
      : [stateWords[first.state]];
  if (first.state === 'running' && first.progress?.etaSeconds !== undefined) {
    parts.push(`${duration(first.progress.etaSeconds)} left`);
  }
  const icon = `$(${icons[first.state].id})`;
  const facts = parts.join(' · ');
  return {
    text: `${icon} ${short(first.name)} ${facts}${more}`,
    spoken: `Selfsup: ${first.name}, ${parts.join(', ')}${live.length > 1 ? `, and ${live.length - 1} more` : ''}`,
  };
}

/** Icons are markup in the status bar: a name cannot bring its own. */
function short(name: string): string {
  const safe = name.replaceAll('$(', '$ (');
  return safe.length > 24 ? `${safe.slice(0, 23)}…` : safe;
}
