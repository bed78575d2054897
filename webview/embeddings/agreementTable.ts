import type { EmbeddingMap } from '../../server/protocol/runView.ts';
import { h } from '../dom.ts';
import { formatCount, formatPercent } from '../format.ts';
import { neighbourAgreement, type Position } from './geometry.ts';

/** The map for who cannot see it: of each class, how many of its points have a neighbour of their own. */
export function agreementTable(map: EmbeddingMap, positions: readonly Position[]): HTMLElement {
  if (map.classes.length === 0)
    return h('p', { class: 'muted' }, 'Without labels there are no classes to compare.');
  const found = neighbourAgreement(positions, map.labels, map.classes.length);
  return h(
    'table',
    { class: 'data-table numbers' },
    h('caption', {}, 'How well classes keep together in this map'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...['class', 'samples', 'nearest neighbour of the same class'].map((title) =>
          h('th', { scope: 'col' }, title),
        ),
      ),
    ),
    h(
      'tbody',
      {},
      ...map.classes.map((name, index) => {
        const { count = 0, same = 0 } = found[index] ?? {};
        return h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          h('td', {}, formatCount(count)),
          h('td', {}, count > 0 ? formatPercent(same / count) : '–'),
        );
      }),
    ),
  );
}
