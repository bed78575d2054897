// What goes into a VSIX: our own files by the allow-list of .vscodeignore, and of the native packages what runs.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Platforms that ONNX Runtime has binaries for, under VS Code's names. */
export const targets = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/** The target of the machine that this runs on. */
export const ownTarget = `${process.platform}-${process.arch}`;

/** Files below a folder, relative, with slashes, sorted. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .map((name) => name.split(path.sep).join('/'))
    .sort();
}

/** The allow-list in a .vscodeignore that ignores everything else. */
export function allowList(text) {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const [first, ...allowed] = lines;
  if (first !== '**' || allowed.some((line) => !line.startsWith('!')))
    throw new Error('.vscodeignore has to be `**`, then only lines with `!`.');
  return allowed.map((line) => line.slice(1));
}

/** Whether a path matches a pattern with `*` (within a folder) and `**` (across folders). */
export function matches(pattern, file) {
  const source = pattern
    .split('**')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*'))
    .join('.*');
  return new RegExp(`^${source}$`).test(file);
}

/** Our own files that ship, relative to the root. */
export function ownFiles(root) {
  const patterns = allowList(readFileSync(path.join(root, '.vscodeignore'), 'utf8'));
  const tops = [...new Set(patterns.map((pattern) => pattern.split('/')[0]))];
  return tops
    .flatMap((top) => {
      const found = path.join(root, top);
      if (!existsSync(found)) return [];
      return statSync(found).isFile() ? [top] : filesBelow(found).map((name) => `${top}/${name}`);
    })
    .filter((file) => patterns.some((pattern) => matches(pattern, file)))
    .filter((file) => !file.startsWith('dist/node_modules/'))
    .sort();
}

/**
 * Packages that stay outside our bundles, because they find their binaries by path, with what runs of them. The rest
 * (installers, sources, types, other platforms) stays behind.
 */
export function nativePackages(target) {
  const [os, cpu] = target.split('-');
  const binaries = `bin/napi-v6/${os}/${cpu}/`;
  const code = /\.(js|cjs|json|node)$/;
  const packages = {
    'onnxruntime-node': (file) =>
      /^dist\/[^/]+\.js$/.test(file) || (file.startsWith(binaries) && !/cuda|tensorrt|\.pdb$/.test(file)),
    'onnxruntime-common': (file) => /^dist\/(cjs|esm)\/.*\.(js|json)$/.test(file),
    sharp: (file) => /^dist\/.*\.[cm]js$/.test(file),
    'detect-libc': (file) => /^lib\/.*\.js$/.test(file),
    semver: (file) => /^(index\.js|(classes|functions|internal|ranges)\/.*\.js)$/.test(file),
    '@img/colour': (file) => code.test(file),
    [`@img/sharp-${target}`]: (file) => code.test(file) || /^lib\//.test(file),
  };
  // On Windows the library lies in the same package.
  if (os !== 'win32')
    packages[`@img/sharp-libvips-${target}`] = (file) => /^(lib\/[^/]+|versions\.json)$/.test(file);
  return packages;
}

/** What of a native package ships: its manifest, its licence, and what runs. */
export function packageFiles(folder, runs) {
  const always = /^(package\.json|LICEN[CS]E[^/]*|THIRD[^/]*)$/i;
  return filesBelow(folder).filter((file) => always.test(file) || (runs(file) && !file.endsWith('.map')));
}

/** Our manifest without what only a checkout needs; what is bundled is no dependency any more. */
export function shippedManifest(manifest) {
  const {
    scripts: _scripts,
    dependencies: _dependencies,
    devDependencies: _devDependencies,
    peerDependencies: _peerDependencies,
    peerDependenciesMeta: _peerDependenciesMeta,
    overrides: _overrides,
    private: _private,
    bin: _bin,
    ...shipped
  } = manifest;
  return shipped;
}

/** Without these nothing works: the build is checked for them before it is packed. */
export const required = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'docs/selfsup.schema.json',
  'dist/extension.cjs',
  'dist/onDemand.cjs',
  'dist/server/editor.js',
  'dist/server/trainer.js',
  'dist/server/dataWorker.js',
  'dist/server/probe.js',
  'dist/webview/panel.js',
  'dist/webview/panel.css',
  'dist/webview/umapWorker.js',
];
