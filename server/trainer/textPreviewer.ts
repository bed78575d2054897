import { randomAt } from '../random.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import type { OpenedText } from '../training/data/opened.ts';
import type { Values } from '../training/engine/engine.ts';
import type { RunContext } from './context.ts';
import { type Guesser, openGuesser } from './guesser.ts';
import { buildModel } from './model.ts';
import type { Previewer } from './preview.ts';
import { previewFile } from './previewFile.ts';
import { guessedBlock } from './show/textBlock.ts';

type TextContext = RunContext & { readonly dataset: OpenedText };
type Prepared = Parameters<Guesser['guess']>[1];

/** Writes texts with what the network says is hidden in them, as JSON. */
export class TextPreviewer implements Previewer {
  private constructor(
    private readonly context: TextContext,
    private readonly guesser: Guesser,
    private readonly indices: Int32Array,
    private readonly inputs: Prepared,
  ) {}

  /** The network is built again for as many texts as are shown: scores of a whole vocabulary are large. */
  static async prepare(context: TextContext, samples: number): Promise<TextPreviewer> {
    const { config, dataset, loader, engine } = context;
    const { test, train } = dataset.split;
    const indices = Int32Array.from(
      [...test.subarray(0, samples), ...train.subarray(0, samples)].slice(0, samples),
    );
    const model = buildModel({ ...config, train: { ...config.train, batchSize: indices.length } }, dataset);
    const views = await loader.load(indices, [{ view: 0, augmented: false }], 0);
    const inputs = model.task.prepare(
      { indices, views, epoch: 0, progress: 0 },
      randomAt(config.seed, 'preview'),
    );
    const guesser = await openGuesser(engine, model);
    if (!guesser) throw new Error(`${model.method.name} guesses no tokens.`);
    return new TextPreviewer(context, guesser, indices, inputs);
  }

  async write(values: Values, step: number, samples: number): Promise<void> {
    const { context, indices } = this;
    const { dataset } = context;
    const guessed = await this.guesser.guess(values, this.inputs);
    const names = Array.from(indices, (index) => dataset.name(index));
    const block = guessedBlock(names, [{ title: 'guessed', guessed }], dataset.tokenizer.piece);
    const file = previewFile(context, step, 'json');
    writeFileAtomic(file, `${JSON.stringify({ ...block, texts: block.texts.slice(0, samples) })}\n`);
    context.emit({ event: 'preview', step, file });
  }

  dispose(): Promise<void> {
    return this.guesser.dispose();
  }
}
