import type { RunSummary } from '../../server/protocol/runView.ts';
import { isLive } from '../header/states.ts';

/**
 * A saved config may put a new run in the place of the one that trains: whoever watched the old one wants to see the
 * new one. Runs that had been superseded before they were shown stay; somebody chose them.
 */
export class Successors {
  private readonly live = new Set<string>();
  private readonly superseded = new Map<string, RunSummary>();

  /** Another choice of runs is shown. */
  reset(): void {
    this.live.clear();
    this.superseded.clear();
  }

  /**
   * @param shown ids of the runs that are shown
   * @param changed summaries that are new or differ
   * @returns what to show instead, if anything
   */
  take(shown: readonly string[], changed: readonly RunSummary[]): readonly string[] | undefined {
    for (const run of changed) {
      if (!shown.includes(run.id)) continue;
      if (isLive(run.state)) this.live.add(run.id);
      else if (run.state === 'superseded' && this.live.has(run.id)) this.superseded.set(run.id, run);
    }
    const next = new Map<string, string>();
    for (const run of changed) {
      if (!isLive(run.state) || shown.includes(run.id)) continue;
      for (const old of this.superseded.values()) if (takesThePlaceOf(old, run)) next.set(old.id, run.id);
    }
    if (next.size === 0) return undefined;
    for (const id of next.keys()) this.superseded.delete(id);
    return [...new Set(shown.map((id) => next.get(id) ?? id))];
  }
}

/** Of a sweep, the run with the same name does. */
function takesThePlaceOf(old: RunSummary, run: RunSummary): boolean {
  return run.configFile === old.configFile && run.name === old.name && run.created >= old.created;
}
