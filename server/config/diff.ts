import type { StageKind } from '../protocol/run.ts';
import type { HotChanges } from '../protocol/trainer.ts';
import { canonicalJson } from './hash.ts';
import { planRun, pretrainContent } from './plan.ts';
import type { Config } from './schema.ts';

/** What to do about a changed config, see "Live runs" in docs/config.md. */
export type Decision =
  /** Nothing now; `keys` take effect when the run is next started or resumed. */
  | { readonly action: 'nothing'; readonly keys: readonly string[] }
  /** Goes into the running run at its next step. */
  | {
      readonly action: 'hot';
      readonly keys: readonly string[];
      readonly changes: HotChanges;
    }
  /** Pretraining is kept; these stages run again. */
  | { readonly action: 'downstream'; readonly keys: readonly string[]; readonly stages: readonly StageKind[] }
  /** The run is stopped and a new one takes its place. */
  | { readonly action: 'restart'; readonly keys: readonly string[] };

/** Keys of `train` that a running run takes over at its next step. */
export const hotTrainKeys: ReadonlySet<string> = new Set(
  ['learningRate', 'schedule', 'epochs', 'warmupEpochs', 'minLearningRate', 'checkpointEvery'].map(
    (key) => `train.${key}`,
  ),
);

/**
 * Compares the config of a run with its new version.
 * @param pretraining whether the run still pretrains: a finished pretraining cannot take new settings over.
 * @returns one entry of kind nothing or restart, or up to two of kinds hot and downstream.
 */
export function diffConfigs(old: Config, next: Config, pretraining: boolean): Decision[] {
  const keys = changedKeys(old, next);
  const content = changedKeys(pretrainContent(old), pretrainContent(next));
  const restart = content.filter((key) => !(pretraining && hotTrainKeys.has(key)));
  if (restart.length > 0) return [{ action: 'restart', keys: restart }];

  const decisions: Decision[] = [];
  const hot = pretraining ? keys.filter((key) => hotTrainKeys.has(key) || key.startsWith('evaluate')) : [];
  if (hot.length > 0) {
    const changes = hotChanges(next, hot);
    decisions.push({ action: 'hot', keys: hot, changes });
  }
  const stages = changedStages(old, next).filter((stage) => !(pretraining && stage === 'evaluate'));
  if (stages.length > 0) {
    const because = keys.filter((key) => stages.some((stage) => key.startsWith(stage)));
    decisions.push({ action: 'downstream', keys: because, stages });
  }
  if (decisions.length > 0) return decisions;
  return [{ action: 'nothing', keys }];
}

function hotChanges(next: Config, keys: readonly string[]): HotChanges {
  const train = Object.entries(next.train).filter(([key]) => keys.includes(`train.${key}`));
  return {
    ...(train.length > 0 && { train: Object.fromEntries(train) }),
    ...(keys.some((key) => key.startsWith('evaluate')) && { evaluate: next.evaluate }),
  };
}

/** Stages after pretraining whose own settings changed. */
function changedStages(old: Config, next: Config): StageKind[] {
  // The pretraining is the same or goes on with new settings: either way it is not what makes these stages differ.
  const same = { ...next, train: old.train };
  const before = planRun(old).hashes;
  const after = planRun(same).hashes;
  return (['evaluate', 'downstream', 'export'] as const).filter((stage) => before[stage] !== after[stage]);
}

/** Dotted keys whose values differ. Lists and added or removed mappings count as one key. */
export function changedKeys(old: object, next: object, above = ''): string[] {
  const before = old as Record<string, unknown>;
  const after = next as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const [a, b] = [before[key], after[key]];
    const name = above === '' ? key : `${above}.${key}`;
    if (isMapping(a) && isMapping(b)) return changedKeys(a, b, name);
    return canonicalJson(a) === canonicalJson(b) ? [] : [name];
  });
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
