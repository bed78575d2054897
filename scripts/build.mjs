// Bundles everything with esbuild into dist/: server/ (command line, language server, trainer, data workers),
// extension.cjs and onDemand.cjs (the host), and webview/.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));

const messageTypes = path.join(root, 'node_modules/vscode-jsonrpc/lib/common/messages.js');

/** What every Node bundle of ours shares. Native packages stay outside: they find their binaries by path. */
export const nodeOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  splitting: true,
  sourcemap: true,
  mainFields: ['module', 'main'], // tfjs-core registers its gradients only in its ES modules
  external: ['onnxruntime-node', 'sharp', '@tensorflow/tfjs-node-gpu'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
};

export async function buildServer() {
  rmSync(`${root}/dist/server`, { recursive: true, force: true });
  await build({
    ...nodeOptions,
    entryPoints: {
      cli: 'server/cli.ts',
      trainer: 'server/trainer/main.ts',
      dataWorker: 'server/training/data/worker.ts',
      probe: 'server/training/engine/probeMain.ts',
    },
    outdir: 'dist/server',
  });
  await buildEditor();
}

/** The language server: one small file, without the library that computes. */
export function buildEditor(options = {}) {
  return build({
    ...nodeOptions,
    splitting: false,
    minify: true,
    plugins: [withoutTensors],
    entryPoints: ['server/editor/main.ts'],
    outfile: 'dist/server/editor.js',
    ...options,
  });
}

/**
 * The config language asks encoders and methods for their keys, and they import TensorFlow.js for their steps. The
 * language server takes no step: it gets ops that say so when somebody calls them.
 */
const withoutTensors = {
  name: 'without-tensors',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/tf\.ts$/ }, () => ({ path: 'tf', namespace: 'without-tensors' }));
    onLoad({ filter: /.*/, namespace: 'without-tensors' }, () => ({
      contents: `
        const refuse = (name) => () => {
          throw new Error('The language server never computes: tf.' + name + ' belongs into a trainer.');
        };
        const closed = new Proxy({}, {
          get(_, name) {
            if (typeof name === 'symbol' || name === '__esModule') return undefined;
            // Activations are made with it when their file is loaded.
            return name === 'customGrad' ? () => refuse(name) : refuse(name);
          },
        });
        module.exports = Object.create(closed); // the bundler copies own properties and keeps the prototype
      `,
    }));
  },
};

/** The extension host loads CommonJS and brings `vscode` itself. */
export function buildExtension(options = {}) {
  return build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    minify: true,
    sourcemap: true,
    external: ['vscode'],
    entryPoints: { extension: 'extension/main.ts', onDemand: 'extension/onDemand.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    supported: { 'dynamic-import': false }, // VS Code hears `require`, and so gives both files its `vscode`
    plugins: [loadedOnDemand],
    logLevel: 'warning',
    ...options,
  });
}

/** Keeps what is imported on demand out of the file that is loaded at activation. */
const loadedOnDemand = {
  name: 'loaded-on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /\/onDemand\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './onDemand.cjs', external: true } : undefined,
    );
    // The protocol takes the message types of vscode-jsonrpc and nothing else.
    onResolve({ filter: /^vscode-jsonrpc$/ }, ({ importer }) =>
      importer.startsWith(path.join(root, 'server', 'protocol')) ? { path: messageTypes } : undefined,
    );
  },
};

/** One script and one style sheet for the panel, and the script of its worker. */
export function buildWebview(options = {}) {
  if (options.write !== false) rmSync(`${root}/dist/webview`, { recursive: true, force: true });
  return build({
    absWorkingDir: root,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    minify: true,
    sourcemap: true,
    // Of vscode-jsonrpc the panel takes the message types alone (webview/rpc.ts says why).
    alias: { 'vscode-jsonrpc': messageTypes },
    entryPoints: { panel: 'webview/main.ts', umapWorker: 'webview/embeddings/umapWorker.ts' },
    outdir: 'dist/webview',
    logLevel: 'warning',
    ...options,
  });
}

export async function buildAll() {
  await Promise.all([buildServer(), buildExtension(), buildWebview()]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll();
