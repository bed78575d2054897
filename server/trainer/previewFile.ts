import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import type { RunContext } from './context.ts';

/** Where the preview of a step lies. */
export function previewFile(
  { run }: Pick<RunContext, 'run'>,
  step: number,
  extension: 'png' | 'json',
): string {
  const folder = runPaths(run.folder).previews;
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `step-${String(step).padStart(8, '0')}.${extension}`);
}

/** Writes `previews/rows.txt`: what the rows of the pictures show, from above, one a line. */
export function writeRowTitles({ run }: Pick<RunContext, 'run'>, titles: readonly string[]): void {
  writeFileAtomic(path.join(runPaths(run.folder).previews, 'rows.txt'), `${titles.join('\n')}\n`);
}
