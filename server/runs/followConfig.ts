import { diffConfigs } from '../config/diff.ts';
import type { ConfiguredRun } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import type { HotChanges } from '../protocol/trainer.ts';
import { isFinished, type StoredRun } from './store.ts';
import { isActive } from './summary.ts';

/** What a saved config asks for. */
export type Step =
  /** Goes into the run that trains. */
  | {
      readonly kind: 'hot';
      readonly run: StoredRun;
      readonly changes: HotChanges;
      readonly keys: readonly string[];
    }
  /** Waits until the run has pretrained: its pretraining is kept, the later stages run anew. */
  | { readonly kind: 'later'; readonly run: StoredRun; readonly keys: readonly string[] }
  /** A new run. */
  | {
      readonly kind: 'start';
      readonly name: string;
      /** The live run whose place it takes. */
      readonly replaces?: StoredRun;
      /** Only the stages after pretraining run again. */
      readonly keepsPretraining: boolean;
      readonly keys: readonly string[];
    }
  /** The config no longer asks for this run of its sweep. */
  | { readonly kind: 'drop'; readonly run: StoredRun };

export interface RunsAtHand {
  /** Of the config file, newest first. */
  readonly runs: readonly StoredRun[];
  /** This program trains it or has it in its queue. */
  isOwn(run: StoredRun): boolean;
  /** What a run works with now; undefined when that cannot be told. */
  configOf(run: StoredRun): Config | undefined;
}

/**
 * Compares what a config asks for with its newest runs.
 *
 * A live run follows the config. One that finished or failed is taken up again when the config changes. One that
 * somebody stopped, or that was found dead, is left alone: a save shall not undo that decision.
 */
export function followConfig(wanted: readonly ConfiguredRun[], at: RunsAtHand): Step[] {
  const names = new Set(wanted.map(({ name }) => name));
  const dropped = at.runs.filter(
    (run) =>
      run.record.overrides !== undefined &&
      isActive(run.record) &&
      at.isOwn(run) &&
      !names.has(run.record.name),
  );
  const steps = wanted.flatMap((configured) => {
    const latest = latestOf(configured, wanted.length === 1, at.runs);
    return latest === undefined ? newPoint(configured, at.runs) : follow(configured, latest, at);
  });
  return [...dropped.map((run): Step => ({ kind: 'drop', run })), ...steps];
}

/** The newest run of this name. A config that is no sweep also follows its run when `name` changes. */
function latestOf(
  { name }: ConfiguredRun,
  single: boolean,
  runs: readonly StoredRun[],
): StoredRun | undefined {
  const named = runs.find(({ record }) => record.name === name);
  const newest = runs[0];
  return named ?? (single && newest?.record.overrides === undefined ? newest : undefined);
}

/** A run that the sweep did not have before; it starts where the others are followed. */
function newPoint({ name }: ConfiguredRun, runs: readonly StoredRun[]): Step[] {
  const followed = runs.some(({ record }) => isActive(record) || record.state === 'finished');
  return followed ? [{ kind: 'start', name, keepsPretraining: false, keys: ['sweep'] }] : [];
}

function follow({ name, config }: ConfiguredRun, run: StoredRun, at: RunsAtHand): Step[] {
  const { record } = run;
  const live = isActive(record);
  if (live ? !at.isOwn(run) : record.state !== 'finished' && record.state !== 'failed') return [];
  const old = at.configOf(run);
  if (old === undefined) return [];
  const pretraining = live && record.state !== 'queued' && !isFinished(record, 'pretrain');
  return diffConfigs(old, config, pretraining).flatMap((decision): Step[] => {
    const { keys } = decision;
    switch (decision.action) {
      case 'nothing':
        return [];
      case 'hot':
        return [{ kind: 'hot', run, changes: decision.changes, keys }];
      default: {
        const keepsPretraining = decision.action === 'downstream';
        if (keepsPretraining && pretraining) return [{ kind: 'later', run, keys }];
        return [{ kind: 'start', name, ...(live && { replaces: run }), keepsPretraining, keys }];
      }
    }
  });
}
