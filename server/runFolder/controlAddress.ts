import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Where the trainer of a run listens: a named pipe on Windows, elsewhere a socket whose path stays short however deep
 * the run folder lies (the system allows about 100 characters).
 */
export function controlAddress(runFolder: string): string {
  const name = createHash('sha256').update(path.resolve(runFolder)).digest('hex').slice(0, 24);
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\selfsup-${name}`
    : path.join(tmpdir(), `selfsup-${name}.sock`);
}
