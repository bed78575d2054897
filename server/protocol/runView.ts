import type { DeviceName } from './device.ts';
import type { TextBlock } from './pretextPreview.ts';
import type { Result, RunState, StageKind, Verdict } from './run.ts';

/**
 * What people see of runs: in the tree, the status bar and the panel. Made by the server alone from the run folders,
 * so that no two places can disagree.
 */

/** One line about a run. */
export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly configFile: string;
  readonly state: RunState;
  readonly created: string; // ISO times
  readonly started?: string;
  readonly ended?: string;
  /** What it is doing now. */
  readonly stage?: { readonly kind: StageKind; readonly title: string };
  /** How far that is. */
  readonly progress?: RunProgress;
  readonly loss?: number;
  /** Best accuracies so far, 0..1. */
  readonly best: {
    readonly knn?: number;
    readonly linearProbe?: number;
    readonly finetune?: number;
    readonly r2?: number;
    readonly ap50?: number;
  };
  readonly verdict?: Verdict;
  readonly device?: { readonly name: DeviceName; readonly description: string; readonly reason: string };
  /** Why it ended, when it did not finish. */
  readonly reason?: string;
  /** Resume would go on with it. */
  readonly resumable: boolean;
  /** Another program (a terminal, another window) trains it: it can be watched and stopped, not updated. */
  readonly foreign: boolean;
}

export interface RunProgress {
  readonly step: number;
  readonly steps: number;
  readonly epoch?: number;
  readonly epochs?: number;
  readonly samplesPerSecond?: number;
  /** Of the stage. */
  readonly etaSeconds?: number;
  /** Resident memory of the trainer, bytes. */
  readonly memory?: number;
}

/** One curve; the columns have one entry per point, in order of steps. */
export interface Series {
  /** As in metrics.jsonl: loss, learningRate, knn, linearProbe, projector/std, projector/rankMe ... */
  readonly name: string;
  readonly stage: StageKind;
  readonly steps: readonly number[];
  readonly epochs: readonly number[];
  /** Milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** Points there are in the run folder; more than `values.length` when thinned (minimum and maximum of each bucket are kept). */
  readonly total: number;
}

/** A setting that was changed while the run was live: a mark on the charts. */
export interface ChangeMark {
  readonly step: number;
  readonly epoch: number;
  readonly time: number;
  /** "train.learningRate: 0.01 -> 0.001" */
  readonly text: string;
}

/** A picture of reconstructions or views; of texts what stands in its file. */
export interface PreviewPicture {
  readonly step: number;
  readonly block?: TextBlock;
  /** Below the run folder, with slashes. */
  readonly file: string;
  /** What its rows show, from above: "original", "view 1". */
  readonly rows?: readonly string[];
  /** What its columns sound like, from left to right: WAV files below the run folder. */
  readonly sounds?: readonly string[];
}

/** Everything that a panel shows of a run. */
export interface RunSnapshot {
  readonly summary: RunSummary;
  /** The resolved config as YAML. */
  readonly config: string;
  readonly series: readonly Series[];
  readonly marks: readonly ChangeMark[];
  readonly previews: readonly PreviewPicture[];
  readonly results: readonly Result[];
  /** The last lines of log.txt. */
  readonly log: readonly string[];
  /** Steps for which there is a map of the embeddings. */
  readonly maps: readonly number[];
}

/** What came since the snapshot or the last delta; lists are to be appended, `summary` and `results` replace. */
export interface RunDelta {
  readonly run: string;
  readonly summary?: RunSummary;
  readonly series?: readonly Series[];
  readonly marks?: readonly ChangeMark[];
  readonly previews?: readonly PreviewPicture[];
  readonly results?: readonly Result[];
  readonly log?: readonly string[];
  readonly maps?: readonly number[];
  /** The history changed (resumed from a checkpoint, deleted): take this and forget the rest. */
  readonly snapshot?: RunSnapshot;
}

/** Embeddings in the plane, with what is needed to open the sample behind a point. Written by the trainer. */
export interface EmbeddingMap {
  readonly step: number;
  readonly layer: string;
  /** First two principal components, one pair per point. */
  readonly pca: readonly (readonly [number, number])[];
  /** Share of the variance that each of the two explains, 0..1. */
  readonly explained: readonly [number, number];
  /** A few more components per point (row by row), for UMAP. */
  readonly components: { readonly size: number; readonly values: readonly number[] };
  /** Class of each point, -1 for unknown; empty without labels. */
  readonly labels: readonly number[];
  readonly classes: readonly string[];
  readonly samples: readonly SampleReference[];
  /** One picture with a thumbnail of each point in reading order, below the run folder; images and spectrograms. */
  readonly thumbnails?: { readonly file: string; readonly columns: number; readonly size: number };
  /** What the first points sound like: `<folder>/<point>.wav` below the run folder, for the first `count` points. */
  readonly sounds?: { readonly folder: string; readonly count: number };
}

/** Where a sample came from. */
export interface SampleReference {
  readonly index: number;
  /** As a person would call it: a file name, "row 12". */
  readonly name: string;
  /** Texts: how it begins. */
  readonly text?: string;
  /** The file to open, absolute, and the line in it for tables and texts. */
  readonly file?: string;
  readonly line?: number;
}
