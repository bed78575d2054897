import type { OpenedText } from '../../training/data/opened.ts';
import { definePresenter } from './presenter.ts';
import { plainBlock } from './textBlock.ts';

/** Characters of a text that are shown where there is little room. */
const mostWords = 120;

export const text = definePresenter<OpenedText>({
  // A method without guesses shows the text itself, and what its student sees of it.
  async block(rows, indices, dataset) {
    const seen = rows.find(({ title }) => title === 'seen');
    const names = Array.from(indices, (index) => dataset.name(index));
    return plainBlock(names, rows[0]!.values, dataset.tokenizer.piece, seen?.values);
  },
  words(index, dataset) {
    const text = dataset
      .text(index)
      .slice(0, 2 * mostWords)
      .replaceAll(/\s+/g, ' ')
      .trim();
    return text.length > mostWords ? `${text.slice(0, mostWords - 1)}…` : text;
  },
  thumbnails: false,
});
