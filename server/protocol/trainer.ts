import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { Modality } from './data.ts';
import type { DeviceName, DeviceReport } from './device.ts';
import type { PretextPreview } from './pretextPreview.ts';
import type { Result, RunState, StageKind, TrainerEvent, Verdict } from './run.ts';

/**
 * The line between a server (or the command line) and a trainer process, over Node's IPC channel.
 *
 * All truth is in the run folder: a trainer writes there first and reports second, so a lost line loses nothing. A
 * trainer takes one task at a time and may take several in a row (inspect, then train, with the data opened once);
 * it ends when its parent closes the line. When the parent goes away during `train`, it writes a checkpoint and
 * ends, unless the task said `keepAlive`.
 */

/** A resolved config as plain JSON: what `config` produces and its schema accepts again. */
export type PlainConfig = Readonly<Record<string, unknown>>;

/** Opens the data and says what is there: for `check`, and before a run folder is made. Writes nothing. */
export interface InspectTask {
  readonly task: 'inspect';
  readonly config: PlainConfig;
}

/** Trains the run in `runFolder` (run.json and config.yaml are there), from its last checkpoint if it has one. */
export interface TrainTask {
  readonly task: 'train';
  readonly runFolder: string;
  /** Run folders whose finished stage has the same hash, so that it need not run again. */
  readonly reuse: Partial<Record<StageKind, string>>;
  /** Goes on when the parent goes away. */
  readonly keepAlive: boolean;
}

/** Judges the encoder of a run again, beside its controls, as its config says. */
export interface EvaluateTask {
  readonly task: 'evaluate';
  readonly runFolder: string;
  readonly device?: DeviceName | 'auto';
}

/** Writes one feature vector per sample. */
export interface EmbedTask {
  readonly task: 'embed';
  readonly runFolder: string;
  /** Other data than the run's own: a path as after `data.images`, `data.table`, `data.text` or `data.audio`. */
  readonly input?: string;
  readonly format: 'npy' | 'csv';
  /** Folder to write to; default `embeddings/` of the run. */
  readonly output?: string;
}

/** Takes the encoder away as files. */
export interface ExportTask {
  readonly task: 'export';
  readonly runFolder: string;
  readonly formats: readonly ('onnx' | 'safetensors')[];
  /** Folder to write to; default `export/` of the run. */
  readonly output?: string;
}

/** Draws the pretext task of a config on the first held-out samples. Writes nothing but `picture`. */
export interface PreviewTask {
  readonly task: 'preview';
  readonly config: PlainConfig;
  readonly samples: number;
  /** A run whose newest checkpoint restores too, beside the untrained network; its encoder must be the same. */
  readonly runFolder?: string;
  /** A PNG file to write to: the rows below each other. Tables give none. */
  readonly picture?: string;
}

/** Builds the model of a config and times a few of its steps. Writes nothing. */
export interface EstimateTask {
  readonly task: 'estimate';
  readonly config: PlainConfig;
}

/** Tries every device. */
export interface DoctorTask {
  readonly task: 'doctor';
}

export type TrainerTask =
  | InspectTask
  | PreviewTask
  | EstimateTask
  | TrainTask
  | EvaluateTask
  | EmbedTask
  | ExportTask
  | DoctorTask;
export type TaskName = TrainerTask['task'];

/** What opened data is like. Sizes are counts of samples. */
/** Recordings as they lie on the disk. */
export interface Recordings {
  /** Hertz: the lowest and the highest. */
  readonly sampleRates: readonly [number, number];
  readonly seconds: { readonly shortest: number; readonly median: number; readonly longest: number };
}

export interface DataFacts {
  readonly modality: Modality;
  /** Image [height, width, channels], sound [mel bands, frames, 1], table [encoded columns], text [tokens]. */
  readonly shape: readonly number[];
  readonly count: number;
  readonly train: number;
  readonly test: number;
  /** Undefined when the data has no labels. */
  readonly classes?: readonly string[];
  /** Training samples of each class, in the order of `classes`. */
  readonly trainPerClass?: readonly number[];
  /** Images with boxes: the categories, and how many images of each split are annotated. */
  readonly boxes?: {
    readonly categories: readonly string[];
    readonly train: number;
    readonly test: number;
    readonly objects: number;
  };
  /** Training samples whose class is unknown. */
  readonly unlabelled: number;
  /** Tables: columns that regression tells, with the number of rows in which they are known. */
  readonly targets?: readonly { column: string; train: number; test: number }[];
  readonly recordings?: Recordings;
  /** Tables: the original columns that are features. */
  readonly columns?: readonly { name: string; kind: 'numeric' | 'categorical' }[];
  /** Texts: how long they are in tokens, of those looked at. */
  readonly text?: {
    /** Different tokens there are. */
    readonly vocabulary: number;
    readonly longest: number;
    /** A length of samples that suits nearly all texts. */
    readonly usual: number;
    /** Share of the texts that the samples cut, 0..1. */
    readonly cut: number;
  };
  readonly skipped: readonly { name: string; reason: string }[];
  /** What else is worth knowing: columns left out, names made up, pictures resized. */
  readonly notes?: readonly string[];
  readonly fingerprint: string;
  readonly summary: string;
}

/** What a config costs. */
export interface Estimate {
  /** Weights of the encoder, and of everything that is trained (heads, decoder). */
  readonly parameters: { readonly encoder: number; readonly all: number };
  /** Values that one step keeps for its gradient, bytes. */
  readonly activationBytes: number;
  readonly stepsPerEpoch: number;
  /** Median of the timed steps, data included. */
  readonly stepMs: number;
  readonly device: DeviceName;
}

/** How a `train` task ended; run.json says the same. */
export interface TrainOutcome {
  readonly state: Extract<RunState, 'finished' | 'stopped' | 'failed'>;
  readonly reason?: string;
  readonly failure?: FailureKind;
  readonly results: readonly Result[];
  readonly verdict?: Verdict;
}

/** The result of each task. */
export interface TaskOutcomes {
  inspect: { readonly facts: DataFacts };
  preview: { readonly preview: PretextPreview };
  estimate: { readonly estimate: Estimate };
  train: TrainOutcome;
  evaluate: { readonly results: readonly Result[]; readonly verdict?: Verdict };
  embed: { readonly files: readonly string[]; readonly count: number; readonly size: number };
  export: { readonly files: readonly string[] };
  doctor: { readonly devices: readonly DeviceReport[]; readonly notes: readonly string[] };
}
export type OutcomeOf<Task extends TrainerTask> = TaskOutcomes[Task['task']];

/**
 * Whose turn it is after a failure: the user's (input), the training's own (a loss that is no number, a collapse),
 * the disk's, the device's, or ours (internal).
 */
export const failureKinds = ['input', 'training', 'disk', 'device', 'internal', 'stopped'] as const;
export type FailureKind = (typeof failureKinds)[number];

/** What is wrong with the user's data or with how the config points at it. */
export interface InputProblem {
  /** The key of the config that it is about, from the root: ['data', 'label']. */
  readonly key: readonly (string | number)[];
  /** The file or folder, as the user would write it. */
  readonly where: string;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
}

/** Carried by an error response, whose message is written for people. */
export interface FailureData {
  readonly kind: FailureKind;
  /** With kind `input`, where it is known. */
  readonly problem?: InputProblem;
  /** For the log, never for the screen. */
  readonly stack?: string;
}

/** New settings for a live run; they take effect at the next step. Missing keys stay as they are. */
export interface HotChanges {
  readonly train?: {
    readonly learningRate?: number;
    readonly minLearningRate?: number;
    readonly schedule?: 'cosine' | 'constant' | 'linear';
    readonly warmupEpochs?: number;
    readonly epochs?: number;
    readonly checkpointEvery?: number;
  };
  /** The whole `evaluate` part of the config, which replaces the old one. */
  readonly evaluate?: PlainConfig;
}

/** Does one task; the response comes when the task has ended. A second one meanwhile is refused. */
export const startRequest = new RequestType<TrainerTask, TaskOutcomes[TaskName], FailureData>(
  'trainer/start',
);
/** Finishes the step, writes a checkpoint and ends the task as `stopped`. */
export const stopNotification = new NotificationType<{ reason?: string }>('trainer/stop');
export const updateNotification = new NotificationType<HotChanges>('trainer/update');
export const eventNotification = new NotificationType<TrainerEvent>('trainer/event');

/** How a training process stands to the one that started it. Asked through its control socket. */
export interface TrainerStatus {
  /** It goes on when its parent goes away. */
  readonly kept: boolean;
  /** Its parent is gone: whoever owns the workspace now may take its place. */
  readonly orphan: boolean;
}
export const statusRequest = new RequestType0<TrainerStatus, void>('trainer/status');
