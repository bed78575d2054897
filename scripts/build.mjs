// Bundles the server side with esbuild: the command line, the trainer and the data workers, into dist/.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));

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
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildServer();
