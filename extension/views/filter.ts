import type { RunSummary } from '../../server/protocol/runView.ts';
import { stateWords } from './format.ts';

/** What stands above a list that is narrowed down. */
export function filterText(filter: string, shown: number, all: number): string {
  return shown === 0
    ? `No run matches the filter "${filter}".`
    : `Filter "${filter}": ${shown} of ${all} runs.`;
}

/** Whether every word of the filter is found in the run's name, state, id or config file. */
export function matches(run: RunSummary, filter: string): boolean {
  const text = [run.name, stateWords[run.state], run.id, run.configFile].join('\n').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
