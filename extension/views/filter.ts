import type { RunSummary } from '../../server/protocol/runView.ts';
import { stateWords } from './format.ts';

/** Whether every word of the filter is found in the run's name, state, id or config file. */
export function matches(run: RunSummary, filter: string): boolean {
  const text = [run.name, stateWords[run.state], run.id, run.configFile].join('\n').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
