import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  allowList,
  matches,
  nativePackages,
  ownFiles,
  packageFiles,
  required,
  shippedManifest,
  targets,
} from '../../../scripts/package/contents.mjs';
import { packageRoot } from '../../../server/packageRoot.ts';

const root = packageRoot();

test('what ships of our own, besides bundles and documentation, is this', () => {
  const files = ownFiles(root).filter((file) => !/^dist\/|^docs\/.*\.(md|png)$/.test(file));
  assert.deepEqual(files, [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'docs/selfsup.schema.json',
    'extension/language/language-configuration.json',
    'extension/language/selfsup.tmLanguage.json',
    'media/file-dark.svg',
    'media/file-light.svg',
    'media/icon.png',
    'media/selfsup.svg',
    'media/walkthrough/change.svg',
    'media/walkthrough/config.svg',
    'media/walkthrough/judge.svg',
    'media/walkthrough/preview.svg',
    'media/walkthrough/run.svg',
    'package.json',
  ]);
});

test('no source, no map, no test, no fixture, nothing of npm passes the allow-list', () => {
  const patterns = allowList(readFileSync(path.join(root, '.vscodeignore'), 'utf8'));
  const ships = (file: string): boolean => patterns.some((pattern) => matches(pattern, file));
  for (const file of required) assert.ok(ships(file), file);
  for (const file of [
    'extension/main.ts',
    'server/cli.ts',
    'webview/main.ts',
    'dist/extension.cjs.map',
    'dist/onDemand.cjs.map',
    'dist/server/editor.js.map',
    'dist/test-1/unit/a.test.js',
    'dist/package/linux-x64/package.json',
    'node_modules/sharp/package.json',
    'test/fixtures/a.png',
    'package-lock.json',
    'examples/digits/base.selfsup.yaml',
    '.selfsup/runs/a/run.json',
    'media/icon.svg.bak',
  ])
    assert.ok(!ships(file), file);
});

test('the allow-list has to be one', () => {
  assert.throws(() => allowList('dist/**\n!README.md\n'), /has to be/);
  assert.throws(() => allowList('**\nREADME.md\n'), /has to be/);
});

test('native packages ship what runs on their target and nothing of another', () => {
  const files = ownTargetFiles('linux-x64');
  assert.deepEqual(
    files
      .filter((file) => /\.(node|so|dll|dylib)(\.|$)/.test(file))
      .map((file) => file.replace(/\d+(\.\d+)+/, 'N')),
    [
      '@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.N',
      '@img/sharp-linux-x64/lib/sharp-linux-x64-N.node',
      'onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
      'onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
    ],
  );
  for (const name of [
    'onnxruntime-node',
    'onnxruntime-common',
    'sharp',
    'semver',
    'detect-libc',
    '@img/colour',
  ])
    assert.ok(files.includes(`${name}/package.json`), name);
  const useless = /\.(d\.[cm]?ts|map|cc|h)$|README|\/(src|install|script)\//;
  assert.deepEqual(
    files.filter((file) => useless.test(file)),
    [],
  );
});

/** Of the packages that are installed here: sharp's binaries of other platforms are not. */
function ownTargetFiles(target: string): string[] {
  return Object.entries(nativePackages(target) as Record<string, (file: string) => boolean>)
    .flatMap(([name, runs]) => {
      try {
        return packageFiles(path.join(root, 'node_modules', name), runs).map(
          (file: string) => `${name}/${file}`,
        );
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux') return [];
        throw error;
      }
    })
    .sort();
}

test('ONNX Runtime has a binary for every target', () => {
  for (const target of targets) {
    const runs = (nativePackages(target) as Record<string, (file: string) => boolean>)['onnxruntime-node']!;
    const files = packageFiles(path.join(root, 'node_modules/onnxruntime-node'), runs);
    const [os, cpu] = target.split('-');
    assert.ok(files.includes(`bin/napi-v6/${os}/${cpu}/onnxruntime_binding.node`), target);
    const folders = files
      .filter((file: string) => file.startsWith('bin/'))
      .map((file: string) => path.dirname(file));
    assert.deepEqual([...new Set(folders)], [`bin/napi-v6/${os}/${cpu}`]);
  }
});

test('the manifest that ships says nothing of building and installing', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const shipped = shippedManifest(manifest) as Record<string, unknown>;
  for (const key of [
    'scripts',
    'dependencies',
    'devDependencies',
    'peerDependencies',
    'overrides',
    'private',
    'bin',
  ])
    assert.equal(shipped[key], undefined, key);
  for (const key of [
    'name',
    'version',
    'publisher',
    'main',
    'type',
    'engines',
    'contributes',
    'activationEvents',
  ])
    assert.deepEqual(shipped[key], manifest[key], key);
});
