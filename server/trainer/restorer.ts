import type { InputArray } from '../methods/method.ts';
import type { Named } from '../nn/parameters.ts';
import type { Engine, Values } from '../training/engine/engine.ts';
import { createForward } from '../training/engine/forward.ts';
import type { Model } from './model.ts';

/** What a reconstructing method shows, each [batch, ...sample shape]. */
export interface Restored {
  readonly original: Float32Array;
  readonly corrupted: Float32Array;
  readonly restored: Float32Array;
}

/** The network of a method that reconstructs, ready to restore batches of the size that the model was built for. */
export interface Restorer {
  restore(values: Values, inputs: Named<InputArray>): Promise<Restored>;
  dispose(): Promise<void>;
}

/** @returns undefined where the method reconstructs nothing. */
export async function openRestorer(
  engine: Engine,
  { task, parameters }: Model,
): Promise<Restorer | undefined> {
  const { reconstruct } = task;
  if (!reconstruct) return undefined;
  const program = await engine.program(
    (tensors) => {
      const { forward } = createForward(tensors, { training: false });
      return { ...reconstruct.call(task, forward, tensors) };
    },
    {
      ...Object.fromEntries(
        parameters.map(({ name, shape }) => [name, { shape, dtype: 'float32' as const }]),
      ),
      ...task.inputs,
    },
  );
  return {
    async restore(values, inputs) {
      const { original, corrupted, restored } = await program.run({ ...values, ...inputs });
      return { original, corrupted, restored } as Named<Float32Array> as unknown as Restored;
    },
    dispose: () => program.dispose(),
  };
}
