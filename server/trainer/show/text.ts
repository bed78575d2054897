import type { OpenedText } from '../../training/data/opened.ts';
import { definePresenter } from './presenter.ts';
import { plainBlock } from './textBlock.ts';

export const text = definePresenter<OpenedText>({
  // Every row that a method without guesses shows is the text itself.
  async block([original], indices, dataset) {
    const names = Array.from(indices, (index) => dataset.name(index));
    return plainBlock(names, original!.values, dataset.tokenizer.piece);
  },
  thumbnails: false,
});
