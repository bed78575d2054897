import type { InputArray } from '../methods/method.ts';
import type { Named } from '../nn/parameters.ts';
import type { Engine, Values } from '../training/engine/engine.ts';
import { createForward } from '../training/engine/forward.ts';
import type { Model } from './model.ts';
import type { Guessed } from './show/textBlock.ts';

/** The network of a method that guesses tokens, ready for batches of the size that the model was built for. */
export interface Guesser {
  guess(values: Values, inputs: Named<InputArray>): Promise<Guessed>;
  dispose(): Promise<void>;
}

/** @returns undefined where the method guesses no tokens. */
export async function openGuesser(engine: Engine, { task, parameters }: Model): Promise<Guesser | undefined> {
  const { guess } = task;
  if (!guess) return undefined;
  const program = await engine.program(
    (tensors) => {
      const { forward } = createForward(tensors, { training: false });
      return { ...guess.call(task, forward, tensors) };
    },
    {
      ...Object.fromEntries(
        parameters.map(({ name, shape }) => [name, { shape, dtype: 'float32' as const }]),
      ),
      ...task.inputs,
    },
  );
  return {
    async guess(values, inputs) {
      const { original, shown, asked, tokens, probabilities } = await program.run({ ...values, ...inputs });
      return { original, shown, asked, tokens, probabilities } as unknown as Guessed;
    },
    dispose: () => program.dispose(),
  };
}
