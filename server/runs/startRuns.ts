import { existsSync } from 'node:fs';
import path from 'node:path';
import { diffConfigs } from '../config/diff.ts';
import { hasErrors, type Problem } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { type EndedRun, type RunManager, RunStateError } from './manager.ts';
import { newRun, openConfig } from './openConfig.ts';
import { configOfRun } from './runConfig.ts';
import { isFinished, type StoredRun } from './store.ts';

/** A config cannot be trained; nothing was started. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly kind = 'input';
  constructor(readonly problems: readonly Problem[]) {
    super('The config has errors.');
  }
}

export interface StartRunsOptions {
  /** Names of the sweep's runs that are wanted; all by default. */
  readonly only?: ReadonlySet<string>;
  /** Runs whose place the new ones take: they are stopped when the new config has proved to be good. */
  readonly replaces?: readonly string[];
  /** Refuses to pretrain: one that is there must be taken over. */
  readonly downstreamOnly?: boolean;
  /** Runs of the same config file, newest first: whose pretraining may be taken over although it was changed live. */
  readonly earlier?: () => readonly StoredRun[];
}

export interface StartedRun {
  readonly run: StoredRun;
  readonly ended: Promise<EndedRun>;
}

/**
 * Opens the data of a config and starts what it asks for.
 * @throws ConfigError, and RunStateError when there is no pretraining to take over.
 */
export async function startRuns(
  manager: RunManager,
  configFile: string,
  options: StartRunsOptions = {},
): Promise<StartedRun[]> {
  const { only, replaces = [], downstreamOnly = false, earlier = () => [] } = options;
  const trainer = manager.startTrainer();
  let mine = true;
  try {
    const opened = await openConfig(configFile, trainer);
    if (hasErrors(opened.problems)) throw new ConfigError(opened.problems);
    const wanted = opened.runs.filter(({ configured }) => only?.has(configured.name) ?? true);
    for (const id of replaces) await manager.supersede(id, 'A newer version of its config took its place.');
    const runs = wanted.map((run) => {
      const source = pretrainedBy(run.configured.config, earlier());
      if (downstreamOnly && source === undefined) throw noPretraining(configFile);
      const changed = (source?.record.history?.length ?? 0) > 0 || (downstreamOnly && source !== undefined);
      return newRun(configFile, run, changed ? source?.record.hashes.pretrain : undefined);
    });
    return runs.map((run, index) => {
      // The first run goes on in the trainer that has its data open, unless it would have to wait for its turn.
      const handOver = index === 0 && manager.idle;
      if (handOver) mine = false;
      const { run: stored, ended } = manager.start(run, handOver ? { trainer } : {});
      return { run: stored, ended };
    });
  } finally {
    if (mine) await trainer.close();
  }
}

/** The newest run whose finished pretraining is that of this config, as far as the config can tell. */
function pretrainedBy(config: Config, earlier: readonly StoredRun[]): StoredRun | undefined {
  return earlier.find((run) => {
    if (!isFinished(run.record, 'pretrain')) return false;
    if (!existsSync(path.join(runPaths(run.folder).checkpoints, 'final.safetensors'))) return false;
    const old = configOfRun(run);
    return old !== undefined && diffConfigs(old, config, false).every(({ action }) => action !== 'restart');
  });
}

function noPretraining(configFile: string): RunStateError {
  return new RunStateError(
    `No finished pretraining has the settings of ${path.basename(configFile)}. Run all of it once.`,
  );
}
