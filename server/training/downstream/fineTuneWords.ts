import { type FineTuneOptions, fineTuneBudget } from './fitter.ts';

/** The protocol of a fine-tuning in words: what was trained, from where, how long. */
export function fineTuneWords(
  settings: FineTuneOptions,
  { samples, pretrained, head }: { samples: number; pretrained: boolean; head: 'probe' | 'random' },
): string {
  const { trainableBlocks, layerDecay = 1, learningRate } = settings;
  const { batch, updates } = fineTuneBudget(samples, settings);
  const what =
    trainableBlocks === 'all'
      ? 'all blocks'
      : `the last ${trainableBlocks} block${trainableBlocks === 1 ? '' : 's'} (the rest frozen, with its batch-norm statistics)`;
  const decay = layerDecay === 1 ? '' : `, layer decay ${layerDecay}`;
  const start = pretrained ? 'from the pretrained encoder' : 'from scratch';
  const first = pretrained && head === 'probe' ? ', its head from a linear probe' : '';
  return `fine-tuning of ${what} ${start}${first}: AdamW, learning rate ${learningRate} with warm-up and cosine${decay}, ${updates} updates of ${batch}`;
}
