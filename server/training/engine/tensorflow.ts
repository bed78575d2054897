import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import * as tf from '../../nn/tf.ts';
import { packageRoot } from '../../packageRoot.ts';
import { EagerEngine, quietly } from './eager.ts';
import { acceptNumericPadding } from './tensorflowKernels.ts';

const packageName = '@tensorflow/tfjs-node-gpu';

/** The part of the package's backend that says what it runs on. */
interface TensorflowBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** Where the package is installed: `npm run build:tensorflow` puts it into .cache, npm into node_modules. */
export function findTensorflow(): string | undefined {
  const root = packageRoot();
  for (const base of [path.join(root, '.cache', 'tensorflow'), root]) {
    const folder = path.join(base, 'node_modules', packageName);
    if (existsSync(path.join(folder, 'package.json'))) return folder;
  }
  return undefined;
}

let loaded: Promise<void> | undefined;

/**
 * TensorFlow through its optional package, loaded when it is asked for.
 * @throws how to install it, where it is missing; what is wrong with it, where it does not load
 */
export async function openTensorflow(): Promise<EagerEngine> {
  const folder = findTensorflow();
  if (folder === undefined)
    throw new Error(
      `device tensorflow needs the package ${packageName}, which is not installed. ` +
        'Fix: run `npm run build:tensorflow` (Linux x64; needs g++ and python3 with pip), or choose another device.',
    );
  loaded ??= load(folder);
  try {
    await loaded;
  } catch (error) {
    loaded = undefined;
    throw new Error(
      `device tensorflow: ${folder} does not load: ${(error as Error).message.split('\n')[0]} ` +
        'Fix: run `npm run build:tensorflow` again, or choose another device.',
      { cause: error },
    );
  }
  await tf.setBackend('tensorflow');
  const backend = tf.backend() as unknown as TensorflowBackend;
  const hardware = backend.isUsingGpuDevice ? 'GPU' : 'CPU';
  return new EagerEngine(
    'tensorflow',
    `TensorFlow ${backend.binding.TF_Version} on the ${hardware}`,
    'tensorflow',
  );
}

/**
 * The package brings its own copy of tfjs-core. Both copies keep their engine, backends and kernels in the same
 * global variables, so once it is loaded its backend is one of ours.
 */
async function load(folder: string): Promise<void> {
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'; // or it takes all GPU memory at once
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // errors only
  // The package calls this function, which Node 23 removed.
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  await quietly(async () => {
    createRequire(import.meta.url)(folder);
  });
  if (tf.findBackend('tensorflow') === null) throw new Error('it registered no backend.');
  acceptNumericPadding();
}
