import type { DeviceName } from './device.ts';

export const runStates = [
  'queued',
  'preparing',
  'running',
  'finished',
  'stopped',
  'failed',
  'superseded',
  'dead',
] as const;
export type RunState = (typeof runStates)[number];

export const variants = ['pretrained', 'rawInput', 'randomEncoder', 'supervised'] as const;
export type Variant = (typeof variants)[number];

/** One number with everything needed to know what it means. */
export interface Result {
  /** The stage that measured it; set when it is part of a run. */
  readonly stage?: StageKind;
  /** Accuracies of a class (knn, linearProbe, finetune), and errors and scores of other tasks. */
  readonly metric: 'knn' | 'linearProbe' | 'finetune' | 'reconstruction' | 'r2' | 'rmse' | 'ap' | 'ap50';
  /** Tasks other than classification: what was fitted to the labels. */
  readonly fitted?: 'linearProbe' | 'finetune';
  /** Regression: the column that is told; `rmse` is in its unit. */
  readonly target?: string;
  readonly variant: Variant;
  readonly split: 'train' | 'test';
  /** Labels of each class; where there are no classes, labels in all. Detection: annotated images. */
  readonly labelsPerClass: number | 'all';
  /** Detection: the same measure for each class. */
  readonly perClass?: Readonly<Record<string, number>>;
  /** Detection: a picture of true and found boxes on test images, below the run folder, with slashes. */
  readonly picture?: string;
  /** Accuracies and average precisions are fractions 0..1, R² is at most 1. */
  readonly value: number;
  /** Standard deviation over draws or seeds; 0 for a single one. */
  readonly std: number;
  readonly draws: number;
  /** In words: solver, layer, k, temperature, online or offline. */
  readonly protocol: string;
}

export type HealthState =
  | 'healthy'
  | 'dimensionalCollapse'
  | 'completeCollapse'
  | 'notBeatingRawInput'
  | 'unknown';

/** The verdict on a representation, in words. */
export interface Verdict {
  readonly state: HealthState;
  readonly summary: string;
  /** The layer and the numbers that show that it is not collapsed. */
  readonly spread?: string;
  readonly cause?: string;
  readonly fix?: string;
}

/** The stages of a run, in order. */
export type StageKind = 'pretrain' | 'evaluate' | 'downstream' | 'export';

/** A line of metrics.jsonl. Values are finite; a step may have several lines. */
export interface MetricLine {
  readonly time: number; // ms since the epoch
  readonly stage: StageKind;
  readonly step: number;
  readonly epoch: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What a trainer reports while it works; `train --json` prints them with `time`. */
export type TrainerEvent =
  | {
      event: 'data';
      summary: string;
      train: number;
      test: number;
      skipped: readonly { name: string; reason: string }[];
    }
  | { event: 'device'; device: DeviceName; description: string; reason: string }
  | {
      event: 'stage';
      stage: StageKind;
      title: string;
      state: 'started' | 'finished' | 'reused';
      steps?: number;
    }
  | {
      event: 'step';
      stage: StageKind;
      step: number;
      steps: number;
      epoch: number;
      epochs: number;
      loss: number;
      learningRate: number;
      samplesPerSecond: number;
      etaSeconds: number;
      /** Resident memory of the trainer, bytes. */
      memory?: number;
    }
  /** A fine-tuning or a probe within a stage: many short trainings, each with a title. */
  | {
      event: 'task';
      stage: StageKind;
      title: string;
      step: number;
      steps: number;
      loss: number;
      learningRate: number;
      memory?: number;
    }
  | { event: 'metrics'; line: MetricLine }
  | { event: 'preview'; step: number; file: string }
  /** A map of the embeddings (EmbeddingMap) was written. */
  | { event: 'map'; step: number; file: string }
  /** Settings were changed while the run is live; they hold from the next step on. */
  | { event: 'changed'; change: RunChange }
  | { event: 'verdict'; verdict: Verdict }
  | { event: 'result'; result: Result }
  | { event: 'checkpoint'; step: number; file: string }
  | { event: 'log'; level: 'info' | 'warning' | 'error'; text: string }
  | {
      event: 'done';
      state: RunState;
      run: string;
      folder: string;
      results: readonly Result[];
      reason?: string;
    };

/** Settings that a run took over while it trained. */
export interface RunChange {
  readonly step: number;
  readonly epoch: number;
  readonly time: number; // ms since the epoch
  /** "train.learningRate: 0.01 -> 0.001" */
  readonly text: string;
  /** The new settings, as in HotChanges. */
  readonly changes: {
    readonly train?: Readonly<Record<string, unknown>>;
    readonly evaluate?: Readonly<Record<string, unknown>>;
  };
}

/** run.json */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  /** Absolute path of the config file it came from, and the sweep's overrides if any. */
  readonly configFile: string;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly created: string; // ISO times
  readonly started?: string;
  readonly ended?: string;
  readonly selfsup: string;
  readonly node: string;
  readonly device?: { name: DeviceName; description: string; reason: string };
  /** Hash of each stage's normalised content. */
  readonly hashes: Readonly<Record<StageKind, string>>;
  readonly stages: Readonly<
    Record<string, { state: 'pending' | 'running' | 'finished' | 'reused'; from?: string }>
  >;
  readonly progress?: { stage: StageKind; step: number; steps: number };
  /** Who works on it, and where that trainer listens to others than the one who started it. */
  readonly process?: { pid: number; started: number; control?: string };
  /** What was changed while it trained, in the order of the steps. */
  readonly history?: readonly RunChange[];
  readonly results: readonly Result[];
  readonly verdict?: Verdict;
  /** Why it ended, when it did not finish. */
  readonly reason?: string;
}
