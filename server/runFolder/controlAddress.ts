import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
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

/** Removes the socket that a trainer left when it was killed. Named pipes go by themselves. */
export function removeControlSocket(runFolder: string): void {
  if (process.platform !== 'win32') rmSync(controlAddress(runFolder), { force: true });
}
