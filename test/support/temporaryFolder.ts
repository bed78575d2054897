import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { cleanUp } from './cleanUp.ts';

/** A folder of its own for one test, removed afterwards. */
export function temporaryFolder(test: TestContext): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'selfsup-')));
  cleanUp(test, () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
