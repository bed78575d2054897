import type { Result, RunRecord, StageKind } from '../protocol/run.ts';
import type { RunSummary } from '../protocol/runView.ts';
import { type LiveNumbers, stageTitles } from './liveNumbers.ts';
import { isResumable } from './manager.ts';
import type { StoredRun } from './store.ts';

/** True while a run computes or is about to. */
export function isActive({ state }: Pick<RunRecord, 'state'>): boolean {
  return state === 'queued' || state === 'preparing' || state === 'running';
}

/** What people see of a run in one line. */
export function summarize(
  { folder, record }: StoredRun,
  live: LiveNumbers | undefined,
  foreign: boolean,
): RunSummary {
  const active = isActive(record);
  const stage = active && record.state !== 'queued' ? (live?.stage ?? runningStage(record)) : undefined;
  const progress = live?.progress ?? recordedProgress(record);
  const verdict = live?.verdict ?? record.verdict;
  return {
    id: record.id,
    name: record.name,
    folder,
    configFile: record.configFile,
    state: record.state,
    created: record.created,
    ...(record.started !== undefined && { started: record.started }),
    ...(record.ended !== undefined && !active && { ended: record.ended }),
    ...(stage && { stage }),
    ...(progress && { progress }),
    ...(live?.loss !== undefined && { loss: live.loss }),
    best: bestOf(record.results, live),
    ...(verdict && { verdict }),
    ...(record.device && { device: record.device }),
    ...(record.reason !== undefined && !active && { reason: record.reason }),
    resumable: isResumable(record.state),
    foreign: foreign && active,
  };
}

function runningStage({ stages }: RunRecord): RunSummary['stage'] {
  const found = Object.entries(stages).find(([, { state }]) => state === 'running');
  if (found === undefined) return undefined;
  const kind = found[0] as StageKind;
  return { kind, title: stageTitles[kind] };
}

function recordedProgress({ progress }: RunRecord): RunSummary['progress'] {
  return progress && { step: progress.step, steps: progress.steps };
}

function bestOf(results: readonly Result[], live: LiveNumbers | undefined): RunSummary['best'] {
  const best: { -readonly [Key in keyof RunSummary['best']]: RunSummary['best'][Key] } = { ...live?.best };
  for (const { metric, variant, split, value } of results) {
    if (variant !== 'pretrained' || split !== 'test' || !isBest(metric)) continue;
    best[metric] = Math.max(value, best[metric] ?? Number.NEGATIVE_INFINITY);
  }
  return best;
}

const bestMetrics = ['knn', 'linearProbe', 'finetune', 'r2', 'ap50'] as const;

function isBest(metric: Result['metric']): metric is (typeof bestMetrics)[number] {
  return (bestMetrics as readonly string[]).includes(metric);
}
