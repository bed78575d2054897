import type { Ownership, RunList } from '../../server/protocol/editor.ts';
import type { RunState } from '../../server/protocol/run.ts';
import type { RunSummary } from '../../server/protocol/runView.ts';
import { Changed } from './changed.ts';

/** States in which a run works or waits for its turn. */
const liveStates: readonly RunState[] = ['queued', 'preparing', 'running'];

export const isLive = (run: RunSummary): boolean => liveStates.includes(run.state);

/** The host's copy of what the server last said about the runs; it decides nothing. */
export class RunsModel {
  readonly #runs = new Map<string, RunSummary>();
  readonly #changed = new Changed();
  #ownership: Ownership = { owner: 'none' };
  #known = false;

  readonly onDidChange = this.#changed.event;

  /** Whether the server has answered: before that, no runs means that nobody knows. */
  get known(): boolean {
    return this.#known;
  }

  get ownership(): Ownership {
    return this.#ownership;
  }

  /** Newest first. */
  get all(): readonly RunSummary[] {
    return [...this.#runs.values()].sort(
      (a, b) => b.created.localeCompare(a.created) || (a.id < b.id ? 1 : -1),
    );
  }

  get live(): readonly RunSummary[] {
    return this.all.filter(isLive);
  }

  get(id: string): RunSummary | undefined {
    return this.#runs.get(id);
  }

  /** Runs that came from this config file, newest first. */
  ofConfig(configFile: string): readonly RunSummary[] {
    return this.all.filter((run) => run.configFile === configFile);
  }

  /** Takes the whole list. */
  reset(list: RunList): void {
    this.#runs.clear();
    this.#known = true;
    this.#take(list);
  }

  /** Takes what changed. */
  apply(change: RunList & { readonly removed: readonly string[] }): void {
    for (const id of change.removed) this.#runs.delete(id);
    this.#take(change);
  }

  /** Becomes what another model is now. */
  copy(other: RunsModel): void {
    this.#runs.clear();
    this.#known = other.known;
    this.#take({ runs: other.all, ownership: other.ownership });
  }

  /** The server is gone: what was known may be wrong by now. */
  clear(): void {
    this.#runs.clear();
    this.#known = false;
    this.#ownership = { owner: 'none' };
    this.#changed.fire();
  }

  #take({ runs, ownership }: RunList): void {
    for (const run of runs) this.#runs.set(run.id, run);
    this.#ownership = ownership;
    this.#changed.fire();
  }
}
