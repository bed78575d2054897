import { NotificationType, NotificationType0, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { DeviceReport } from './device.ts';
import type { PretextPreview } from './pretextPreview.ts';
import type { EmbeddingMap, RunDelta, RunSnapshot, RunSummary, Series } from './runView.ts';

/**
 * The line between an editor and the server, beside LSP. Files are absolute paths. The extension host relays the
 * messages that the panel needs without looking into them.
 *
 * A request that fails because of the user's input is answered with an error whose message is written for people and
 * whose data is `EditorFailure`.
 */

/** Of every method name here. */
export const editorPrefix = 'selfsup/';

export interface EditorFailure {
  /** `input`: the user's to solve; `notOwner`: another window trains here; `state`: it does not fit the run's state. */
  readonly kind: 'input' | 'notOwner' | 'untrusted' | 'state' | 'internal';
  /** Where the mistake is, if it is in a file. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** What the server is told at its start, as LSP's `initializationOptions`. */
export interface ServerOptions {
  /** Restricted Mode: language features only, nothing of the workspace is run or read beyond config files. */
  readonly trusted: boolean;
  /** Folders of the workspace, absolute. */
  readonly folders: readonly string[];
}

/** The workspace was trusted. */
export const trustedNotification = new NotificationType0('selfsup/trusted');

// ---- runs

/** Who trains in this workspace: one server at a time. */
export type Ownership =
  | { readonly owner: 'this' }
  | { readonly owner: 'other'; readonly pid: number }
  /** Not trusted yet, or no folder is open. */
  | { readonly owner: 'none' };

export interface RunList {
  readonly runs: readonly RunSummary[];
  readonly ownership: Ownership;
}
/** All runs of the workspace, newest first. */
export const listRunsRequest = new RequestType0<RunList, EditorFailure>('selfsup/runs/list');
/** Summaries that are new or differ, and ids that are gone; at most ten a second. */
export const runsChangedNotification = new NotificationType<{
  readonly runs: readonly RunSummary[];
  readonly removed: readonly string[];
  readonly ownership: Ownership;
}>('selfsup/runs/changed');

export interface StartRun {
  readonly configFile: string;
  /** Only the stages after pretraining: takes the newest finished (or stopped) pretraining of the same settings over. */
  readonly downstreamOnly?: boolean;
}
/** Starts the run (or the runs of a sweep) that a saved config asks for. */
export const startRunRequest = new RequestType<StartRun, { readonly runs: readonly string[] }, EditorFailure>(
  'selfsup/run/start',
);
export interface RunReference {
  readonly run: string;
}
/** Ends it with a checkpoint; `now` ends it without. */
export const stopRunRequest = new RequestType<RunReference & { readonly now?: boolean }, void, EditorFailure>(
  'selfsup/run/stop',
);
export const resumeRunRequest = new RequestType<RunReference, void, EditorFailure>('selfsup/run/resume');
export const deleteRunRequest = new RequestType<RunReference, void, EditorFailure>('selfsup/run/delete');
export const renameRunRequest = new RequestType<
  RunReference & { readonly name: string },
  void,
  EditorFailure
>('selfsup/run/rename');
export const exportRunRequest = new RequestType<
  RunReference & { readonly formats: readonly ('onnx' | 'safetensors')[]; readonly output?: string },
  { readonly files: readonly string[] },
  EditorFailure
>('selfsup/run/export');

// ---- watching runs: a snapshot, then deltas until unwatched

export interface WatchRuns {
  readonly runs: readonly string[];
  /** Points per curve that make sense: about twice the width of the chart in pixels. */
  readonly points: number;
}
export const watchRunsRequest = new RequestType<
  WatchRuns,
  { readonly watch: number; readonly snapshots: readonly RunSnapshot[] },
  EditorFailure
>('selfsup/runs/watch');
export const unwatchNotification = new NotificationType<{ readonly watch: number }>('selfsup/runs/unwatch');
/** At most ten a second, never for a watch that was ended. */
export const runUpdatedNotification = new NotificationType<{
  readonly watch: number;
  readonly deltas: readonly RunDelta[];
}>('selfsup/runs/updated');

/** Curves again, within a range: for zooming into a thinned curve. */
export interface ReadSeries {
  readonly run: string;
  readonly names: readonly string[];
  readonly axis: 'step' | 'epoch' | 'time';
  readonly from: number;
  readonly to: number;
  readonly points: number;
}
export const readSeriesRequest = new RequestType<ReadSeries, readonly Series[], EditorFailure>(
  'selfsup/run/series',
);
/** The map of the embeddings at a step (default: the last). */
export const readMapRequest = new RequestType<
  RunReference & { readonly step?: number },
  EmbeddingMap | null,
  EditorFailure
>('selfsup/run/map');

/** Settings that differ between runs. */
export interface Comparison {
  readonly runs: readonly RunSummary[];
  readonly settings: readonly { readonly key: string; readonly values: readonly string[] }[];
}
export const compareRunsRequest = new RequestType<
  { readonly runs: readonly string[] },
  Comparison,
  EditorFailure
>('selfsup/runs/compare');

// ---- config files

export interface ProposedConfig {
  /** A file that does not exist yet. */
  readonly file: string;
  readonly text: string;
  /** What was found, in one line. */
  readonly summary: string;
}
/** Looks at a folder or file, opens its data, and proposes a commented config. Writes nothing. */
export const proposeConfigRequest = new RequestType<
  { readonly folder: string },
  ProposedConfig,
  EditorFailure
>('selfsup/config/propose');

/** Draws the pretext task on the user's samples; a later request for the same file cancels an earlier one. */
export const previewPretextRequest = new RequestType<
  { readonly configFile: string; readonly text: string; readonly samples: number },
  PretextPreview,
  EditorFailure
>('selfsup/config/previewPretext');

export const doctorRequest = new RequestType0<readonly DeviceReport[], EditorFailure>('selfsup/doctor');

// ---- live runs

/** `selfsup.runs.onSave` */
export const onSavePolicies = ['rerun', 'ask', 'off'] as const;
export type OnSavePolicy = (typeof onSavePolicies)[number];

/** From the server: a saved config asks for a new run, and the policy is `ask`. The answer holds for this change. */
export const askRerunRequest = new RequestType<
  {
    readonly configFile: string;
    /** What would happen, in one sentence. */
    readonly text: string;
    readonly keys: readonly string[];
  },
  { readonly rerun: boolean },
  EditorFailure
>('selfsup/askRerun');

/** Something that people should see once: a failed run, a config that cannot be followed. */
export const noticeNotification = new NotificationType<{
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly run?: string;
  readonly configFile?: string;
}>('selfsup/notice');
