import path from 'node:path';
import { LiveConfigs } from '../runs/liveConfigs.ts';
import { ConfigError, startRuns } from '../runs/startRuns.ts';
import { RunStore } from '../runs/store.ts';
import { exitCodes, type Io } from './io.ts';
import { LiveRuns } from './liveRuns.ts';
import { printProblems } from './printProblems.ts';
import { styleFor } from './style.ts';

/** `selfsup watch`: trains like `train`, and lets the run follow its config until Ctrl-C. */
export async function watch(file: string, { json = false }: { json?: boolean }, io: Io): Promise<number> {
  const configFile = path.resolve(io.cwd, file);
  const store = RunStore.forConfig(configFile);
  const runsOf = () => store.list().filter(({ record }) => record.configFile === configFile);
  const live = new LiveRuns(io, store, json, (id, event) => {
    if (event.event !== 'stage' || event.stage !== 'pretrain' || event.state === 'started') return;
    configs.forget(id);
    configs.reconsider(configFile);
  });
  const start = async (only?: ReadonlySet<string>, replaces: readonly string[] = []): Promise<void> => {
    const started = await startRuns(live.manager, configFile, {
      ...(only && { only }),
      replaces,
      earlier: runsOf,
    });
    for (const { run, ended } of started) {
      live.add({ id: run.record.id, ended });
      void ended.then(({ record }) => configs.forget(record.id));
    }
  };
  const configs: LiveConfigs = new LiveConfigs({
    runsOf,
    isOwn: ({ record }) => live.manager.has(record.id),
    mayTrain: () => true,
    policy: async () => 'rerun',
    ask: async () => true,
    update: ({ record }, changes) => void live.manager.update(record.id, changes),
    start: (_, names, replaces) =>
      start(
        names,
        replaces.map(({ record }) => record.id),
      ).catch(report),
    notice: (_, __, text) => live.say(text),
    invalid: (_, problems) => printProblems(problems, io, styleFor(io)),
  });
  const report = (error: unknown): void => {
    if (!(error instanceof ConfigError)) throw error;
    printProblems(error.problems, io, styleFor(io));
  };

  try {
    await start();
  } catch (error) {
    await configs.close();
    report(error);
    return exitCodes.usage;
  }
  configs.follow([configFile]);
  configs.reconsider(configFile); // it may have been saved while its data were opened
  try {
    live.say(`Watching ${path.relative(io.cwd, configFile)}: save it and the run follows. Ctrl-C ends.`);
    return await live.followUntilInterrupt();
  } finally {
    await configs.close();
  }
}
