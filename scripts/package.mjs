// `npm run package [-- --target linux-x64]`: builds and writes selfsup-<target>-<version>.vsix, with the native packages
// of that target only. Default: the platform of this machine.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  nativePackages,
  ownFiles,
  ownTarget,
  packageFiles,
  required,
  shippedManifest,
  targets,
} from './package/contents.mjs';
import { root, setup } from './setup.mjs';

/** Newest line that runs in Node 20. It brings 280 packages, so it is fetched when somebody packs, not by `npm ci`. */
const vsceVersion = '3.9.2';

/** Megabytes that a VSIX may have. ONNX Runtime alone is 14 to 25 of them; decoders and resampling of sounds 2. */
const budgetMB = {
  'linux-x64': 32,
  'linux-arm64': 32,
  'darwin-arm64': 42,
  'win32-x64': 44,
  'win32-arm64': 44,
};

const { values } = parseArgs({ options: { target: { type: 'string', default: ownTarget } } });
const { target } = values;
if (!targets.includes(target)) {
  console.error(`There is no VSIX for ${target}. Targets: ${targets.join(', ')}.`);
  process.exit(2);
}

setup();
const { buildAll } = await import('./build.mjs');
await buildAll();

const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const stage = `${root}dist/package/${target}`;
const vsix = `${root}selfsup-${target}-${manifest.version}.vsix`;
const files = assemble();
console.log(`${files.length} files staged in ${path.relative(root, stage)}.`);
pack();
check();

/** Copies what ships into an empty folder. */
function assemble() {
  rmSync(stage, { recursive: true, force: true });
  const own = ownFiles(root);
  const missing = required.filter((file) => !own.includes(file));
  if (missing.length > 0) throw new Error(`The build lacks ${missing.join(', ')}.`);
  for (const file of own) copy(`${root}${file}`, file);
  writeFileSync(`${stage}/package.json`, `${JSON.stringify(shippedManifest(manifest), null, 2)}\n`);
  copy(`${root}.vscodeignore`, '.vscodeignore');

  const native = Object.entries(nativePackages(target)).flatMap(([name, runs]) => {
    const from = packageFolder(name);
    return packageFiles(from, runs).map((file) => {
      const to = `dist/node_modules/${name}/${file}`;
      copy(path.join(from, file), to);
      return to;
    });
  });
  if (!native.some((file) => file.endsWith('onnxruntime_binding.node')))
    throw new Error(`onnxruntime-node has no binary for ${target}.`);
  return [...own, ...native];
}

function copy(from, to) {
  mkdirSync(path.dirname(`${stage}/${to}`), { recursive: true });
  cpSync(from, `${stage}/${to}`);
}

/** A package in node_modules; sharp's binaries of other platforms are fetched from npm, in the version that sharp names. */
function packageFolder(name) {
  const installed = `${root}node_modules/${name}`;
  if (existsSync(installed)) return installed;
  const sharp = JSON.parse(readFileSync(`${root}node_modules/sharp/package.json`, 'utf8'));
  const version = sharp.optionalDependencies[name];
  if (version === undefined) throw new Error(`${name} is neither installed nor a part of sharp.`);
  return fetched(`${name}@${version}`, name, '--force');
}

/** Installs an exact version of a package, once, into the cache. */
function fetched(spec, name, ...options) {
  const home = `${root}node_modules/.cache/package/${spec.replaceAll('/', '+')}`;
  const folder = `${home}/node_modules/${name}`;
  if (existsSync(folder)) return folder;
  console.log(`Fetching ${spec} (once) ...`);
  const half = `${home}-${process.pid}`;
  mkdirSync(half, { recursive: true });
  writeFileSync(`${half}/package.json`, '{ "private": true }\n');
  npm(['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', ...options, spec], half);
  rmSync(home, { recursive: true, force: true });
  renameSync(half, home);
  return folder;
}

function npm(args, cwd) {
  const [command, ...first] = process.env.npm_execpath
    ? [process.execPath, process.env.npm_execpath]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  execFileSync(command, [...first, ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32' && first.length === 0,
  });
}

/**
 * `--no-dependencies` keeps vsce from collecting npm packages, which would bring all that ours depend on. What we want
 * of them lies in dist/node_modules, where Node finds it from dist/server and vsce takes it for files like any other.
 */
function pack() {
  const vsce = path.join(fetched(`@vscode/vsce@${vsceVersion}`, '@vscode/vsce'), 'vsce');
  const args = ['package', '--no-dependencies', '--target', target, '--out', vsix];
  args.push('--allow-missing-repository', '--no-rewrite-relative-links');
  rmSync(vsix, { force: true });
  execFileSync(process.execPath, [vsce, ...args], { cwd: stage, stdio: ['ignore', 'inherit', 'inherit'] });
}

function check() {
  const megabytes = statSync(vsix).size / 1e6;
  const budget = budgetMB[target];
  console.log(`${path.relative(root, vsix)}: ${megabytes.toFixed(1)} MB of ${budget} MB allowed.`);
  if (megabytes > budget) {
    console.error(`The VSIX is larger than its budget; what grew? (budgetMB in scripts/package.mjs)`);
    process.exit(1);
  }
}
