import { existsSync } from 'node:fs';
import type { Connection } from 'vscode-languageserver';
import { askRerunRequest, noticeNotification } from '../protocol/editor.ts';
import type { RunState } from '../protocol/run.ts';
import { LiveConfigs } from '../runs/liveConfigs.ts';
import { isActive } from '../runs/summary.ts';
import type { RunActions } from './runActions.ts';
import type { RunService } from './runService.ts';
import type { Settings } from './settings.ts';

/** Time in which changes of the list of runs are gathered before the followed files are worked out again (ms). */
const GATHER = 200;

/** Lets the runs of an editor's workspace follow their config files. */
export function followRuns(
  connection: Connection,
  service: RunService,
  actions: RunActions,
  settings: Settings,
  trusted: () => boolean,
): LiveConfigs {
  const live = new LiveConfigs({
    runsOf: (file) => service.of(file).runsOf(file),
    isOwn: ({ record }) => service.workspaces.some(({ manager }) => manager.has(record.id)),
    mayTrain: (file) => trusted() && service.of(file).right.held,
    policy: (file) => settings.onSave(file),
    ask: async (configFile, text, keys) =>
      (await connection.sendRequest(askRerunRequest, { configFile, text, keys })).rerun,
    update: ({ record }, changes) => {
      for (const { manager } of service.workspaces) manager.update(record.id, changes);
    },
    start: async (configFile, names, replaces) => {
      await actions.start({ configFile }, names, replaces);
    },
    notice: (configFile, level, text) => {
      void connection.sendNotification(noticeNotification, { configFile, level, text });
    },
  });

  let gathering = false;
  /** Config files of runs that are ours only now: they may have been saved since the run began. */
  const missed = new Set<string>();
  const follow = () => {
    gathering = false;
    live.follow(trusted() ? followedFiles(service) : []);
    for (const file of missed) live.reconsider(file);
    missed.clear();
  };
  const gather = () => {
    if (gathering) return;
    gathering = true;
    setTimeout(follow, GATHER).unref();
  };
  service.listen({
    changed: gather,
    ownershipChanged: gather,
    taken: ({ record }) => {
      missed.add(record.configFile);
      gather();
    },
    event: (_, { record }, event) => {
      if (event.event !== 'stage' || event.stage !== 'pretrain' || event.state === 'started') return;
      // From now on nothing is hot any more; what waited for this moment gets its turn.
      live.forget(record.id);
      live.reconsider(record.configFile);
    },
    ended: (_, { record }) => live.forget(record.id),
  });
  return live;
}

/** Config files that have a run which lives, or whose newest run has finished or failed. */
function followedFiles(service: RunService): string[] {
  const states = new Map<string, RunState[]>();
  for (const { configFile, state } of service.list().runs) {
    states.set(configFile, [...(states.get(configFile) ?? []), state]);
  }
  const isFollowed = (runs: readonly RunState[]): boolean =>
    runs.some((state) => isActive({ state })) || runs[0] === 'finished' || runs[0] === 'failed';
  return [...states].flatMap(([file, runs]) => (isFollowed(runs) && existsSync(file) ? [file] : []));
}
