import path from 'node:path';
import { hasErrors, type Problem } from '../config/problem.ts';
import { newRun, openConfig } from '../runs/openConfig.ts';
import { RunStore } from '../runs/store.ts';
import { exitCodes, type Io } from './io.ts';
import { endingInDone, JsonLines } from './jsonLines.ts';
import { LiveRuns } from './liveRuns.ts';
import { printProblems } from './printProblems.ts';
import { styleFor } from './style.ts';
import { withTrainer } from './withTrainer.ts';

/** `selfsup train`: every run that the config asks for, one after the other. */
export function train(file: string, { json = false }: { json?: boolean }, io: Io): Promise<number> {
  const configFile = path.resolve(io.cwd, file);
  return endingInDone(json, io, (followed) =>
    withTrainer(io, async (trainer, handOver) => {
      const { runs, problems } = await openConfig(configFile, trainer);
      printProblems(problems, io, styleFor(io));
      if (hasErrors(problems)) {
        io.err('Nothing was started.\n');
        if (json) writeRejection(new JsonLines(io), problems);
        return exitCodes.usage;
      }
      const live = new LiveRuns(io, RunStore.forConfig(configFile), json);
      const started = runs.map((opened, i) => {
        // The first run goes on in the trainer that has opened its data.
        const { run: stored, ended } = live.manager.start(
          newRun(configFile, opened),
          i === 0 ? { trainer } : {},
        );
        return { id: stored.record.id, ended };
      });
      // Only now: had a start failed, e.g. for want of permission, the trainer would be ours to end.
      handOver();
      followed();
      return live.follow(started);
    }),
  );
}

function writeRejection(lines: JsonLines, problems: readonly Problem[]): void {
  for (const problem of problems) lines.write({ event: 'problem', ...problem });
  lines.noRun('failed', 'the config has errors');
}
