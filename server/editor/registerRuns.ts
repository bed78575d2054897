import type { Connection } from 'vscode-languageserver';
import {
  type Comparison,
  compareRunsRequest,
  deleteRunRequest,
  doctorRequest,
  exportRunRequest,
  listRunsRequest,
  previewPretextRequest,
  proposeConfigRequest,
  readMapRequest,
  readSeriesRequest,
  renameRunRequest,
  resumeRunRequest,
  startRunRequest,
  stopRunRequest,
  unwatchNotification,
  watchRunsRequest,
} from '../protocol/editor.ts';
import { configOfRun, differences } from '../runs/runConfig.ts';
import type { ConfigActions } from './configActions.ts';
import { asResponse } from './failure.ts';
import type { RunActions } from './runActions.ts';
import type { RunService } from './runService.ts';
import type { Watches } from './watches.ts';

export interface RunParts {
  readonly service: RunService;
  readonly actions: RunActions;
  readonly configs: ConfigActions;
  readonly watches: Watches;
}

/** Answers everything that an editor asks about runs. */
export function registerRuns(connection: Connection, { service, actions, configs, watches }: RunParts): void {
  /** Failures become answers that are written for people; the unexpected ones go to the log with their stack. */
  const answer =
    <Params extends unknown[], Answer>(handler: (...params: Params) => Answer | Promise<Answer>) =>
    async (...params: Params): Promise<Answer> => {
      try {
        return await handler(...params);
      } catch (error) {
        const response = asResponse(error);
        if (response.data?.kind === 'internal' && error instanceof Error)
          connection.console.error(error.stack ?? error.message);
        throw response;
      }
    };

  connection.onRequest(
    listRunsRequest,
    answer(async () => {
      await service.ready;
      return service.list();
    }),
  );
  connection.onRequest(
    startRunRequest,
    answer(async (wanted) => ({ runs: await actions.start(wanted) })),
  );
  connection.onRequest(
    stopRunRequest,
    answer(({ run, now }) => actions.stop(run, now)),
  );
  connection.onRequest(
    resumeRunRequest,
    answer(({ run }) => actions.resume(run)),
  );
  connection.onRequest(
    deleteRunRequest,
    answer(({ run }) => actions.delete(run)),
  );
  connection.onRequest(
    renameRunRequest,
    answer(({ run, name }) => actions.rename(run, name)),
  );
  connection.onRequest(
    exportRunRequest,
    answer(async ({ run, formats, output }) => ({
      files: await actions.export(run, formats, output),
    })),
  );

  connection.onRequest(
    watchRunsRequest,
    answer((wanted) => watches.watch(wanted)),
  );
  connection.onNotification(unwatchNotification, ({ watch }) => watches.unwatch(watch));
  connection.onRequest(
    readSeriesRequest,
    answer(async ({ run, names, axis, from, to, points }) =>
      (await watches.read(run)).series(names, axis, from, to, points),
    ),
  );
  connection.onRequest(
    readMapRequest,
    answer(async ({ run, step }) => (await watches.read(run)).map(step)),
  );
  connection.onRequest(
    compareRunsRequest,
    answer(({ runs }) => compare(service, runs)),
  );

  connection.onRequest(
    proposeConfigRequest,
    answer(({ folder }) => configs.propose(folder)),
  );
  connection.onRequest(
    previewPretextRequest,
    answer((wanted) => configs.preview(wanted)),
  );
  connection.onRequest(
    doctorRequest,
    answer(() => configs.doctor()),
  );
}

function compare(service: RunService, ids: readonly string[]): Comparison {
  const found = ids.map((id) => service.find(id).run);
  return {
    runs: ids.flatMap((id) => service.summary(id) ?? []),
    settings: differences(found.map((run) => configOfRun(run) ?? {})).filter(({ key }) => key !== 'name'),
  };
}
