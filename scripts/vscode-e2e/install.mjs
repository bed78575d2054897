// Brings what a real VS Code needs onto this machine, all from the npm registry: code-server (VS Code for the browser),
// the Node it runs in, and a headless Chromium. No root, no other download. A finished folder is found again at once,
// also by a fresh clone: it lies in the user's cache, under a name made of the versions.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** The selectors of workbench.ts belong to this VS Code (code-server 4.x is VS Code 1.x): move them together. */
export const versions = { node: '24.21.0', codeServer: '4.139.1', chromium: '153.0.0' };

const platform = `${process.platform}-${process.arch}`;
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'selfsup-vscode-e2e');

/** The machine cannot have it: an unsupported platform, no registry, no compiler. The message says which. */
export class NotInstallable extends Error {}

/**
 * Headless Chromium with software WebGL.
 * @returns {Promise<string>} path of the executable
 */
export async function installChromium() {
  const chosen = process.env.SELFSUP_CHROMIUM;
  if (chosen) return chosen;
  if (platform !== 'linux-x64')
    throw new NotInstallable(
      `There is no Chromium on npm for ${platform}; set SELFSUP_CHROMIUM to an executable.`,
    );
  const home = await installed(`chromium-${versions.chromium}-${platform}`, (stage) => {
    install(stage, process.execPath, `@sparticuz/chromium@${versions.chromium}`);
    execFileSync(process.execPath, ['--input-type=module', '--eval', unpackChromium], { cwd: stage });
    rmSync(path.join(stage, 'node_modules'), { recursive: true });
    execFileSync(path.join(stage, 'chromium'), ['--version'], { stdio: 'ignore' });
  });
  return path.join(home, 'chromium');
}

/** The package carries a headless shell in Brotli, and SwiftShader that must lie beside it. */
const unpackChromium = `
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import tar from 'tar-fs';
const bin = 'node_modules/@sparticuz/chromium/bin/';
const unpacked = (name) => [createReadStream(bin + name), createBrotliDecompress()];
await pipeline(...unpacked('chromium.br'), createWriteStream('chromium', { mode: 0o755 }));
await pipeline(...unpacked('swiftshader.tar.br'), tar.extract('.'));
`;

/**
 * code-server and its Node.
 * @returns {Promise<{ node: string, entry: string }>} paths of the executable and of the script that it runs
 */
export async function installVsCode() {
  if (platform !== 'linux-x64' && platform !== 'linux-arm64')
    throw new NotInstallable(`The tests in VS Code run on Linux, not on ${platform}.`);
  const nodeFolder = path.join('node_modules', `node-${platform}`);
  const nodeFile = path.join(nodeFolder, 'bin', 'node');
  const entryFile = path.join('node_modules', 'code-server', 'out', 'node', 'entry.js');
  const home = await installed(`vscode-${versions.codeServer}-node-${versions.node}-${platform}`, (stage) => {
    install(stage, process.execPath, `node-${platform}@${versions.node}`);
    const node = path.join(stage, nodeFile);
    install(stage, node, `code-server@${versions.codeServer}`);
    const vscode = path.join(stage, 'node_modules', 'code-server', 'lib', 'vscode');
    install(vscode, node);
    install(path.join(vscode, 'extensions'), node);
    // The two of its ten native modules that matter: logs, and an end for extension hosts that lost their parent.
    for (const name of ['spdlog', 'native-watchdog'])
      buildNative(path.join(vscode, 'node_modules', '@vscode', name), node);
    // 300 MB that no test asks for.
    for (const name of [
      ...unused.map((name) => path.join(vscode, name)),
      path.join(stage, nodeFolder, 'include'),
    ])
      rmSync(name, { recursive: true, force: true });
    const env = { ...environment(node), HOME: stage };
    const told = execFileSync(node, [path.join(stage, entryFile), '--version'], { env, encoding: 'utf8' });
    if (!told.includes(versions.codeServer)) throw new Error(`code-server says: ${told}`);
  });
  return { node: path.join(home, nodeFile), entry: path.join(home, entryFile) };
}

const unused = [
  'node_modules/@github/copilot-sdk-linux-x64',
  'node_modules/@microsoft/mxc-sdk',
  'node_modules/@vscode/windows-process-tree',
  'extensions/copilot',
];

/**
 * Makes the folder `name` of the cache by filling a folder beside it and renaming that, so that half an installation
 * is never taken for a whole one and two at once do no harm.
 */
async function installed(name, fill) {
  const home = path.join(cache, name);
  if (existsSync(home)) return home;
  mkdirSync(cache, { recursive: true });
  const stage = mkdtempSync(path.join(cache, 'stage-'));
  const started = Date.now();
  console.error(`Installing ${name} into ${cache} (once) ...`);
  try {
    writeFileSync(path.join(stage, 'package.json'), JSON.stringify({ private: true }));
    fill(stage);
    try {
      renameSync(stage, home);
    } catch (error) {
      if (!existsSync(home)) throw error; // otherwise somebody else was first
    }
    console.error(`... done in ${Math.round((Date.now() - started) / 1000)} s.`);
    return home;
  } catch (error) {
    const said = [error.stderr, error.stdout].map((text) => String(text ?? '').trim()).find(Boolean);
    throw new NotInstallable(`${name} could not be installed: ${said ?? error.message}`, { cause: error });
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** npm with a given Node; without packages, it installs what the folder's package.json lists. */
function install(folder, node, ...packages) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--omit=dev'];
  // Install scripts would build native modules that need development packages of the system.
  execFileSync(node, [npmFile(), 'install', '--ignore-scripts', ...quiet, ...packages], {
    cwd: folder,
    env: environment(node),
    stdio: 'pipe',
  });
}

function buildNative(folder, node) {
  const gyp = path.join(path.dirname(npmFile()), '..', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const nodedir = path.dirname(path.dirname(node));
  execFileSync(node, [gyp, 'rebuild', '--silent', `--nodedir=${nodedir}`], {
    cwd: folder,
    env: environment(node),
    stdio: 'pipe',
  });
  const release = path.join(folder, 'build', 'Release');
  if (!readdirSync(release).some((name) => name.endsWith('.node')))
    throw new Error(`No module in ${release}; python3, make and g++ are needed.`);
  for (const name of ['obj.target', '.deps'])
    rmSync(path.join(release, name), { recursive: true, force: true });
}

let npm;
/** npm's own script, so that it runs in the Node of our choice. */
function npmFile() {
  npm ??= process.env.npm_execpath?.endsWith('npm-cli.js')
    ? process.env.npm_execpath
    : path.join(execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim(), 'npm', 'bin', 'npm-cli.js');
  return npm;
}

/** Without what an `npm run` around us set for its own package, and with the given Node first. */
function environment(node) {
  const own =
    /^npm_(package|lifecycle|command|node_execpath|execpath|config_(prefix|local_prefix|global_prefix|nodedir))/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  return { ...env, PATH: `${path.dirname(node)}${path.delimiter}${env.PATH}` };
}
