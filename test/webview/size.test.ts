import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../server/packageRoot.ts';

const budget = 250_000;

test('script and style sheet of the panel stay within 250 KB', (t) => {
  const size = (name: string): number => statSync(path.join(packageRoot(), 'dist', 'webview', name)).size;
  const panel = size('panel.js') + size('panel.css');
  t.diagnostic(`${panel} bytes; the UMAP worker, loaded when it is asked for, ${size('umapWorker.js')}`);
  assert.ok(panel > 0 && panel <= budget, `${panel} of ${budget} bytes`);
});
