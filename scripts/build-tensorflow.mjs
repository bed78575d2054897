// `npm run build:tensorflow`: makes the `tensorflow` device.
//
// @tensorflow/tfjs-node-gpu ships binaries for TensorFlow 2.9 and CUDA 11.2 only. Its addon compiles unchanged
// against the libtensorflow inside a current Python wheel, so this script installs the package into
// .cache/tensorflow (package.json stays as it is), finds such a wheel and compiles the addon against it:
//
// 1. $SELFSUP_PYTHON, a Python that has `tensorflow` (with its CUDA libraries, to compute on a GPU) or `tensorflow-cpu`;
// 2. `python3` on the PATH, if it has one;
// 3. otherwise pip fetches the tensorflow-cpu wheel, of which only the libraries and headers are kept.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, '.cache', 'tensorflow');
const packages = ['@tensorflow/tfjs-node-gpu@4.22.0', 'node-api-headers@1.9.0'];
const wheel = 'tensorflow-cpu==2.21.*';

function fail(message) {
  console.error(`The tensorflow device was not built. ${message}`);
  process.exit(1);
}

/** Runs a command quietly; `output` is what it printed. */
function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  return {
    ok: status === 0,
    stdout: stdout ?? '',
    output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`,
  };
}

const lastLines = (text) => text.trim().split('\n').slice(-8).join('\n');

/** The folder of the tensorflow module of a Python, found without importing it. */
function moduleOf(python) {
  const code =
    "import importlib.util as u; s = u.find_spec('tensorflow'); print(s.submodule_search_locations[0] if s else '')";
  const { ok, stdout } = run(python, ['-c', code]);
  const found = ok ? stdout.trim() : '';
  return found !== '' && existsSync(path.join(found, 'libtensorflow_cc.so.2')) ? found : undefined;
}

function findTensorflow() {
  const chosen = process.env.SELFSUP_PYTHON;
  if (chosen) {
    const found = moduleOf(chosen);
    if (!found)
      fail(
        `$SELFSUP_PYTHON is ${chosen}, which has no tensorflow >= 2.16. Fix: ${chosen} -m pip install "${wheel}"`,
      );
    return found;
  }
  return moduleOf('python3') ?? fetchWheel();
}

/** The wheel's libraries and headers in .cache; any wheel of the release will do, whatever Python it is for. */
function fetchWheel() {
  const target = path.join(folder, 'wheel');
  const module = path.join(target, 'tensorflow');
  const stamp = path.join(target, 'complete');
  if (existsSync(stamp)) return module;
  console.log(`Fetching ${wheel} (about 275 MB, once) ...`);
  const versions = [
    [],
    ...['3.12', '3.11', '3.13', '3.10'].map((v) => ['--python-version', v, '--only-binary=:all:']),
  ];
  let output = '';
  for (const version of versions) {
    rmSync(target, { recursive: true, force: true });
    const args = [
      '-m',
      'pip',
      'install',
      '--no-deps',
      '--no-compile',
      '--quiet',
      '--target',
      target,
      ...version,
      wheel,
    ];
    const result = run('python3', args);
    if (result.ok) {
      prune(module);
      writeFileSync(stamp, '');
      return module;
    }
    output ||= result.output;
  }
  rmSync(target, { recursive: true, force: true });
  return fail(
    `pip could not fetch ${wheel}:\n${lastLines(output)}\n` +
      'Needed: python3 with pip, or a Python that already has tensorflow, named by SELFSUP_PYTHON=/path/to/python.',
  );
}

function prune(module) {
  for (const name of readdirSync(module))
    if (name !== 'include' && !name.startsWith('libtensorflow'))
      rmSync(path.join(module, name), { recursive: true });
}

/** Installs the package beside the project, without its install script (which would download old binaries). */
function installPackage() {
  const manifest = path.join(folder, 'package.json');
  const wanted = JSON.stringify({ private: true, packages });
  const done = path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  if (existsSync(done) && existsSync(manifest) && readFileSync(manifest, 'utf8') === wanted) return done;
  console.log(`Installing ${packages[0]} into .cache/tensorflow ...`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, wanted);
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const options = ['--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
  const args = [...npm.slice(1), 'install', '--prefix', folder, ...options, ...packages];
  const result = run(npm[0], args, { cwd: folder });
  if (!result.ok) {
    rmSync(manifest);
    fail(`npm could not install ${packages[0]}:\n${lastLines(result.output)}`);
  }
  return done;
}

function compile(module, pack) {
  const output = path.join(pack, 'lib', 'napi-v8', 'tfjs_binding.node');
  const stamp = `${output}.builtWith`;
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === module) return output;
  const compiler = process.env.CXX ?? 'g++';
  if (!run(compiler, ['--version']).ok)
    fail(`There is no C++ compiler ${compiler}. Fix: apt install g++, or set CXX.`);
  console.log('Compiling the addon (about 20 s) ...');
  mkdirSync(path.dirname(output), { recursive: true });
  const headers = path.join(folder, 'node_modules', 'node-api-headers', 'include');
  const args = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'];
  args.push(`-I${headers}`, `-I${module}/include`, `-I${pack}`);
  args.push('binding/tfjs_backend.cc', 'binding/tfjs_binding.cc', '-o', output);
  args.push(
    `-L${module}`,
    '-l:libtensorflow_cc.so.2',
    '-l:libtensorflow_framework.so.2',
    `-Wl,-rpath,${module}`,
  );
  const result = run(compiler, args, { cwd: pack });
  if (!result.ok)
    fail(`${compiler} could not compile the addon against ${module}:\n${lastLines(result.output)}`);
  writeFileSync(stamp, module);
  return output;
}

/** Multiplies two matrices on the new device, in a process of its own. */
function prove(pack) {
  const code = `
    const util = require('util');
    util.isNullOrUndefined ??= (value) => value == null;
    const tf = require(${JSON.stringify(pack)});
    const product = tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0];
    if (product !== 11) throw new Error('1 * 3 + 2 * 4 = ' + product);
    console.log(tf.backend().binding.TF_Version + (tf.backend().isUsingGpuDevice ? ' (GPU)' : ' (CPU)'));
  `;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true' };
  const result = run(process.execPath, ['-e', code], { env });
  if (!result.ok) fail(`The addon was compiled, but does not work:\n${lastLines(result.output)}`);
  return result.stdout.trim().split('\n').at(-1);
}

if (process.platform !== 'linux' || process.arch !== 'x64')
  fail(
    `This works on Linux x64 only; here it is ${process.platform}-${process.arch}. ` +
      'On Windows `npm install @tensorflow/tfjs-node-gpu@4.22.0` brings its own binaries.',
  );
const module = findTensorflow();
const pack = installPackage();
compile(module, pack);
console.log(
  `The tensorflow device is ready: TensorFlow ${prove(pack)}, from ${path.relative(root, module)}.`,
);
