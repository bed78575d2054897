import type { DeviceName } from '../protocol/device.ts';
import { exitCodes, type Io } from './io.ts';
import { JsonLines } from './jsonLines.ts';
import { Progress } from './progress.ts';
import { resultTable, verdictText } from './results.ts';
import { storeHere } from './storeHere.ts';
import { styleFor } from './style.ts';
import { withTrainer } from './withTrainer.ts';

interface Options {
  readonly json?: boolean;
  readonly device?: DeviceName | 'auto';
}

/** `selfsup evaluate`: judges the encoder of a run again, beside its controls. */
export function evaluate(wanted: string, { json = false, device }: Options, io: Io): Promise<number> {
  const { folder, record } = storeHere(io).find(wanted);
  return withTrainer(io, async (trainer) => {
    const lines = new JsonLines(io);
    const progress = new Progress(io);
    trainer.onEvent((event) => (json ? lines.write({ ...event, run: record.id }) : progress.handle(event)));
    const task = {
      task: 'evaluate',
      runFolder: folder,
      ...(device === undefined ? {} : { device }),
    } as const;
    const { results, verdict } = await trainer.run(task);
    if (json) {
      lines.done(folder, {
        ...record,
        state: 'finished',
        results,
        ...(verdict === undefined ? {} : { verdict }),
      });
      return exitCodes.done;
    }
    progress.close();
    const style = styleFor(io);
    const table = resultTable(results, style);
    io.out(table === '' ? '' : `\n${table}`);
    if (verdict !== undefined) io.out(`\n${verdictText(verdict, style)}`);
    return exitCodes.done;
  });
}
