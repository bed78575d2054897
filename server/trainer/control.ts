import type { EvaluateConfig } from '../config/evaluate.ts';
import type { TrainConfig } from '../config/train.ts';

/** What may change while a run is live; applied at the next step. */
export interface LiveChange {
  readonly train?: Partial<TrainConfig>;
  readonly evaluate?: Partial<EvaluateConfig>;
}

/**
 * The wishes of whoever watches the run. The training loop looks here between steps: it is the only place where
 * a run can be stopped or changed, so neither ever happens in the middle of a step.
 */
export class Control {
  private readonly abort = new AbortController();
  private changes: LiveChange[] = [];

  /** Aborted when the run is to end at the next step with a checkpoint. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get stopped(): boolean {
    return this.abort.signal.aborted;
  }

  stop(): void {
    this.abort.abort();
  }

  change(change: LiveChange): void {
    this.changes.push(change);
  }

  /** The changes since the last call, oldest first. */
  takeChanges(): readonly LiveChange[] {
    const changes = this.changes;
    this.changes = [];
    return changes;
  }

  /** Lets messages from outside in: a step never waits, so without this none would arrive. */
  async breathe(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
