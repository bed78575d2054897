import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds our package.json and dist/, wherever the running bundle lies below it. */
export function packageRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!(existsSync(path.join(folder, 'package.json')) && existsSync(path.join(folder, 'dist')))) {
    const parent = path.dirname(folder);
    if (parent === folder)
      throw new Error('Selfsup: no package.json with a dist folder above the running code.');
    folder = parent;
  }
  return folder;
}

/** Path of a bundle that runs as a process or worker of its own. */
export function bundlePath(name: 'trainer' | 'dataWorker' | 'cli'): string {
  return path.join(packageRoot(), 'dist', 'server', `${name}.js`);
}
