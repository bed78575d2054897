import { LockedError } from '../runFolder/lock.ts';
import { RunStateError } from '../runs/manager.ts';
import type { Io } from './io.ts';
import { UsageError } from './io.ts';
import { endingInDone } from './jsonLines.ts';
import { LiveRuns } from './liveRuns.ts';
import { storeHere } from './storeHere.ts';

/** `selfsup resume`: goes on from the last checkpoint, with the config the run was started with. */
export function resume(wanted: string, { json = false }: { json?: boolean }, io: Io): Promise<number> {
  return endingInDone(json, io, async (followed) => {
    const store = storeHere(io);
    const run = store.find(wanted);
    const live = new LiveRuns(io, store, json);
    try {
      const ended = live.manager.resume(run);
      followed();
      return await live.follow([{ id: run.record.id, ended }]);
    } catch (error) {
      if (error instanceof RunStateError || error instanceof LockedError) throw new UsageError(error.message);
      throw error;
    }
  });
}
