import { changedKeys } from '../config/diff.ts';
import type { EvaluateConfig } from '../config/evaluate.ts';
import { changedHash } from '../config/plan.ts';
import type { Config } from '../config/schema.ts';
import type { TrainConfig } from '../config/train.ts';
import type { RunChange, StageKind } from '../protocol/run.ts';
import type { HotChanges } from '../protocol/trainer.ts';

type Hashes = Readonly<Record<StageKind, string>>;

/** What a checkpoint holds of the settings. */
export interface StoredSettings {
  readonly train: TrainConfig;
  readonly evaluate: EvaluateConfig;
  readonly changes: readonly object[];
  readonly history: readonly RunChange[];
}

/** Where the run stands when a change comes. */
export interface Moment {
  /** Steps done. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly time: number;
}

/** Keys of `train` that change how a run is kept, never what comes out of it. */
const incidental = 'train.checkpointEvery';

/** The settings of a pretraining that may change while it is live, with the history of their changes. */
export class LiveSettings {
  train: TrainConfig;
  evaluate: EvaluateConfig;
  history: readonly RunChange[] = [];
  /** The changes that the result depends on, and at which step they came. */
  private changes: readonly object[] = [];

  constructor(config: Config) {
    this.train = config.train;
    this.evaluate = config.evaluate;
  }

  /** Takes new settings over. @returns what really changed, undefined when they say what holds already. */
  apply({ train, evaluate }: HotChanges, { step, stepsPerEpoch, time }: Moment): RunChange | undefined {
    const next = {
      train: { ...this.train, ...train },
      evaluate: (evaluate as unknown as EvaluateConfig | undefined) ?? this.evaluate,
    };
    // An epoch that has begun is finished, so that the run ends with an evaluation.
    const begun = Math.floor(step / stepsPerEpoch) + 1;
    next.train.epochs = Math.max(next.train.epochs, begun);
    const now = { train: this.train, evaluate: this.evaluate };
    const keys = changedKeys(now, next);
    if (keys.length === 0) return undefined;
    const change: RunChange = {
      step,
      epoch: step / stepsPerEpoch,
      time,
      text: keys.map((key) => `${key}: ${valueAt(now, key)} -> ${valueAt(next, key)}`).join(', '),
      changes: {
        ...(train && { train: { ...train, ...(train.epochs && { epochs: next.train.epochs }) } }),
        ...(evaluate && { evaluate }),
      },
    };
    this.train = next.train;
    this.evaluate = next.evaluate;
    this.history = [...this.history, change];
    const results = keys.filter((key) => key.startsWith('train.') && key !== incidental);
    if (results.length > 0)
      this.changes = [
        ...this.changes,
        { step, ...Object.fromEntries(results.map((key) => [key, lookUp(next, key)])) },
      ];
    return change;
  }

  get state(): StoredSettings {
    const { train, evaluate, changes, history } = this;
    return { train, evaluate, changes, history };
  }

  /** Goes on with the settings of a checkpoint; how often to write one is the config's to say. */
  restore({ train, evaluate, changes = [], history = [] }: Partial<StoredSettings>): void {
    if (train) this.train = { ...train, checkpointEvery: this.train.checkpointEvery };
    if (evaluate) this.evaluate = evaluate;
    this.changes = changes;
    this.history = history;
  }

  /**
   * The hashes of a run's stages after its pretraining. After a change the result is that of no config file, so no
   * other run may take a stage of this one over.
   */
  hashes(hashes: Hashes, step: number): Hashes {
    if (this.changes.length === 0) return hashes;
    const changed = Object.entries(hashes).map(([stage, hash]) => [
      stage,
      changedHash(hash, step, this.changes),
    ]);
    return Object.fromEntries(changed) as Hashes;
  }
}

function lookUp(settings: object, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], settings);
}

function valueAt(settings: object, key: string): string {
  const value = lookUp(settings, key);
  if (value === undefined) return 'unset';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
