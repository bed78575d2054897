import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Characters of a trainer's own output that tell why it crashed. */
const KEPT = 4000;

/** Where a trainer that outlives its server writes what it prints: nobody reads it through a pipe then. */
export function trainerLog(runFolder: string): string {
  return path.join(runFolder, 'trainer.log');
}

/** The end of what was printed to a file; nothing when there is none. */
export function endOfOutput(file: string): string {
  if (!existsSync(file)) return '';
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const text = Buffer.alloc(Math.min(size, KEPT));
    return text.toString('utf8', 0, readSync(handle, text, 0, text.length, size - text.length));
  } finally {
    closeSync(handle);
  }
}

/** Nobody needs a file that says nothing. */
export function dropEmptyLog(file: string): void {
  if (endOfOutput(file) === '') rmSync(file, { force: true });
}

/** The last line of an output as a sentence, with a space before it; nothing when there is none. */
export function lastWords(output: string): string {
  const last = output.trim().split('\n').at(-1) ?? '';
  return last === '' ? '' : ` Its last words: ${last.trim()}`;
}
