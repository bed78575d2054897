import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { packageRoot } from '../../../server/packageRoot.ts';

interface Bundle {
  readonly bytes: number;
  /** Bytes by package; `own` is our code. */
  readonly packages: Readonly<Record<string, number>>;
}

/** Composed in a process of its own: the bundler finds its binary by path. */
function bundles(): Readonly<Record<string, Bundle>> {
  const script =
    "const { measureBundles } = await import('./scripts/performance/bundles.mjs'); console.log(JSON.stringify(await measureBundles()));";
  const options = { cwd: packageRoot(), encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], options));
}

test('what is in the bundles of the editor side', async (t) => {
  const found = bundles();
  const packagesIn = (name: string): string[] => Object.keys(found[name]!.packages).sort();

  await t.test('activation loads our own code and the types of messages', (each) => {
    const { bytes } = found['dist/extension.cjs']!;
    each.diagnostic(`${bytes} bytes`);
    assert.ok(bytes < 60_000, `${bytes} of 60,000 bytes`);
    assert.deepEqual(packagesIn('dist/extension.cjs'), ['own', 'vscode-jsonrpc']);
    assert.ok(packagesIn('dist/onDemand.cjs').includes('vscode-languageclient'));
  });

  await t.test('the language server brings no library that computes or reads data', () => {
    assert.deepEqual(packagesIn('dist/server/editor.js'), [
      'chokidar',
      'own',
      'readdirp',
      'vscode-jsonrpc',
      'vscode-languageserver',
      'vscode-languageserver-protocol',
      'vscode-languageserver-textdocument',
      'vscode-languageserver-types',
      'yaml',
      'zod',
    ]);
  });
});
