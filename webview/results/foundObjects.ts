import { classTable, detectionPictures, detectionPictureWords } from '../../server/protocol/detections.ts';
import { variantTitles } from '../../server/protocol/results.ts';
import type { Result } from '../../server/protocol/run.ts';
import { h } from '../dom.ts';
import { formatPercent } from '../format.ts';

/** What detectors found on test images, as pictures, and how well each class is found; nothing without detection. */
export function foundObjects(
  results: readonly Result[],
  fileUri: (file: string) => string,
): HTMLElement | undefined {
  const pictures = detectionPictures(results);
  const classes = classTable(results);
  if (pictures.length === 0 && classes === undefined) return undefined;
  return h(
    'div',
    { class: 'found-objects' },
    h('h2', {}, 'Objects found'),
    pictures.length > 0 && h('p', {}, detectionPictureWords),
    ...pictures.map(({ file, title }) =>
      h(
        'figure',
        { class: 'picture-frame' },
        h('figcaption', { class: 'cut', title }, title),
        h('img', { class: 'picture', src: fileUri(file), alt: `Objects found: ${title}`, loading: 'lazy' }),
      ),
    ),
    classes &&
      h(
        'div',
        { class: 'scroll-x', tabindex: 0, role: 'region', 'aria-label': classes.title },
        h(
          'table',
          { class: 'data-table numbers' },
          h('caption', {}, classes.title),
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, 'class'),
              ...classes.variants.map((variant) => h('th', { scope: 'col' }, variantTitles[variant])),
            ),
          ),
          h(
            'tbody',
            {},
            ...classes.rows.map(({ name, values }) =>
              h(
                'tr',
                {},
                h('th', { scope: 'row' }, name),
                ...values.map((value) => h('td', {}, value === undefined ? '–' : formatPercent(value))),
              ),
            ),
          ),
        ),
      ),
  );
}
