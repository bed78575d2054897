import { existsSync } from 'node:fs';
import path from 'node:path';
import type { StartRun } from '../protocol/editor.ts';
import { AttachedTrainer } from '../runs/attachedTrainer.ts';
import { ConfigError, startRuns } from '../runs/startRuns.ts';
import type { StoredRun } from '../runs/store.ts';
import { isActive } from '../runs/summary.ts';
import { type TrainerOptions, TrainerProcess } from '../runs/trainerProcess.ts';
import type { WorkspaceRuns } from '../runs/workspaceRuns.ts';
import { problemError, RequestError } from './failure.ts';
import type { RunService } from './runService.ts';

/** What people do with runs: each function does one thing or says in a sentence why it cannot. */
export class RunActions {
  constructor(
    private readonly service: RunService,
    private readonly options: { readonly trainer?: TrainerOptions; readonly trusted: () => boolean },
  ) {}

  /**
   * Opens the data of a saved config and starts what it asks for.
   * @param only names of the sweep's runs that are wanted; all by default.
   * @param replaces live runs whose place the new ones take.
   */
  async start(
    { configFile, downstreamOnly = false }: StartRun,
    only?: ReadonlySet<string>,
    replaces: readonly StoredRun[] = [],
  ): Promise<string[]> {
    const runs = this.service.of(configFile);
    this.demandRight(runs);
    if (!existsSync(configFile)) {
      throw new RequestError(`${configFile} does not exist. Save the file first.`, {
        kind: 'input',
        file: configFile,
      });
    }
    try {
      const started = await startRuns(runs.manager, configFile, {
        ...(only && { only }),
        replaces: replaces.map(({ record }) => record.id),
        downstreamOnly,
        earlier: () => runs.runsOf(configFile),
      });
      for (const { ended } of started) runs.track(ended);
      return started.map(({ run }) => run.record.id);
    } catch (error) {
      throw error instanceof ConfigError ? problemError(error.problems) : error;
    }
  }

  /** With a checkpoint, or at once; runs of other programs too. */
  async stop(id: string, now = false): Promise<void> {
    const { runs, run } = this.service.find(id);
    if (runs.manager.has(id)) {
      if (now && run.record.state !== 'queued') await runs.manager.kill(id);
      else runs.manager.stop(id);
      return;
    }
    if (!isActive(run.record)) {
      throw new RequestError(`${run.record.name} is ${run.record.state} already.`, { kind: 'state' });
    }
    const trainer = await AttachedTrainer.connect(run);
    if (trainer === undefined) {
      throw new RequestError(
        `${run.record.name} waits or starts in another window or terminal: stop it there.`,
        { kind: 'state' },
      );
    }
    if (now) await trainer.kill();
    else trainer.stop('Stopped on request.');
    await trainer.detach();
  }

  resume(id: string): void {
    const { runs, run } = this.service.find(id);
    this.demandRight(runs);
    runs.track(runs.manager.resume(run));
  }

  delete(id: string): void {
    const { runs, run } = this.service.find(id);
    refuseActive(run, 'deleted');
    runs.manager.delete(run);
    runs.refresh(id);
  }

  rename(id: string, name: string): void {
    const { runs, run } = this.service.find(id);
    const wanted = name.trim();
    if (wanted === '') throw new RequestError('A run needs a name.', { kind: 'input' });
    refuseActive(run, 'renamed');
    runs.store.rename(run.folder, wanted);
    runs.refresh(id);
  }

  async export(
    id: string,
    formats: readonly ('onnx' | 'safetensors')[],
    output: string | undefined,
  ): Promise<readonly string[]> {
    const { run } = this.service.find(id);
    this.demandTrust();
    refuseActive(run, 'exported');
    const trainer = TrainerProcess.start(this.options.trainer);
    try {
      const task = { task: 'export', runFolder: run.folder, formats } as const;
      const { files } = await trainer.run(
        output === undefined ? task : { ...task, output: path.resolve(output) },
      );
      return files;
    } finally {
      await trainer.close();
    }
  }

  /** Restricted Mode runs nothing. */
  demandTrust(): void {
    if (this.options.trusted()) return;
    throw new RequestError('Runs need a trusted workspace. Trust this folder, then try again.', {
      kind: 'untrusted',
    });
  }

  private demandRight(runs: WorkspaceRuns): void {
    this.demandTrust();
    if (runs.right.take(true)) return;
    const { ownership } = runs.right;
    const who = ownership.owner === 'other' ? ` (process ${ownership.pid})` : '';
    throw new RequestError(
      `Another window${who} trains in ${runs.root}. Start the run there, or close that window: this one takes over.`,
      { kind: 'notOwner' },
    );
  }
}

function refuseActive({ record }: StoredRun, what: string): void {
  if (!isActive(record)) return;
  throw new RequestError(`${record.name} is ${record.state} and cannot be ${what}. Stop it first.`, {
    kind: 'state',
  });
}
