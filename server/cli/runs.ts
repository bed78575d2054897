import { LockedError } from '../runFolder/lock.ts';
import { isResumable } from '../runs/manager.ts';
import type { StoredRun } from '../runs/store.ts';
import { ago } from './format.ts';
import { exitCodes, type Io, UsageError } from './io.ts';
import { resultText } from './results.ts';
import { storeHere } from './storeHere.ts';
import { type Style, styleFor } from './style.ts';
import { table } from './table.ts';

/** `selfsup runs`: what there is, newest first. `--delete` removes one. */
export function runs(options: { json?: boolean; delete?: string }, io: Io): number {
  const store = storeHere(io);
  const style = styleFor(io);
  if (options.delete !== undefined) {
    const run = store.find(options.delete);
    try {
      store.delete(run.folder);
    } catch (error) {
      throw error instanceof LockedError ? new UsageError(error.message) : error;
    }
    io.out(`Deleted ${run.record.id}.\n`);
    return exitCodes.done;
  }
  const list = store.list();
  if (options.json) {
    io.out(
      `${JSON.stringify(
        list.map(({ folder, record }) => ({ folder, ...record })),
        null,
        2,
      )}\n`,
    );
    return exitCodes.done;
  }
  if (list.length === 0) {
    io.out(`No runs in ${store.runsFolder} yet. Start one with: selfsup train <config>\n`);
    return exitCodes.done;
  }
  const header = ['run', 'state', 'started', 'progress', 'device', 'best'];
  io.out(
    table(
      style,
      header,
      list.map((run) => row(run, style)),
    ),
  );
  const resumable = list.find(({ record }) => isResumable(record.state));
  if (resumable !== undefined) io.out(`\nGo on with: selfsup resume ${resumable.record.id}\n`);
  return exitCodes.done;
}

function row({ record }: StoredRun, style: Style): string[] {
  const { id, state, created, progress, device, results } = record;
  const paint = {
    finished: style.green,
    running: style.bold,
    preparing: style.bold,
    failed: style.red,
    dead: style.red,
  };
  const color = paint[state as keyof typeof paint] ?? style.dim;
  const best = results.findLast(
    ({ variant, split, labelsPerClass }) =>
      variant === 'pretrained' && split === 'test' && labelsPerClass === 'all',
  );
  return [
    id,
    color(state),
    ago(created),
    progress === undefined
      ? ''
      : `${progress.stage} ${Math.floor((100 * progress.step) / Math.max(1, progress.steps))} %`,
    device?.name ?? '',
    best === undefined ? '' : resultText(best),
  ];
}
