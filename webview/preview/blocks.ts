import type { PreviewBlock } from '../../server/protocol/pretextPreview.ts';
import { cut, h } from '../dom.ts';
import { playButton } from '../sound.ts';
import { textBlock } from './texts.ts';

/** A block of the preview: rows of pictures, rows of a table with the corrupted cells marked, or texts. */
export function previewBlock(block: PreviewBlock): HTMLElement {
  if (block.kind === 'text') return textBlock(block);
  return block.kind === 'images' ? imagesBlock(block) : tableBlock(block);
}

function imagesBlock({ rows, sounds }: Extract<PreviewBlock, { kind: 'images' }>): HTMLElement {
  return h(
    'section',
    { class: 'preview-images scroll-x', tabindex: 0, 'aria-label': 'Pictures of samples' },
    ...rows.map(({ title, detail, pictures }, row) =>
      h(
        'div',
        { class: 'preview-row' },
        h('h2', {}, cut(title), detail !== undefined && cut(detail, 'muted')),
        h(
          'div',
          { class: 'preview-pictures' },
          ...pictures.map((source, index) => {
            const picture = h('img', {
              src: source,
              alt: `${title}, sample ${index + 1}${detail ? `, ${detail}` : ''}`,
            });
            // What is heard is the sample as it is: the first row.
            const sound = row === 0 ? sounds?.[index] : undefined;
            if (sound === undefined) return picture;
            return h('span', { class: 'audible' }, picture, playButton(sound, `sample ${index + 1}`));
          }),
        ),
      ),
    ),
  );
}

function tableBlock({ columns, rows }: Extract<PreviewBlock, { kind: 'table' }>): HTMLElement {
  return h(
    'section',
    { class: 'scroll-x', tabindex: 0, 'aria-label': 'Rows of samples' },
    h(
      'table',
      { class: 'data-table preview-table' },
      h('caption', {}, 'Changed cells are marked with ● and a border.'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'row'),
          ...columns.map((name) => h('th', { scope: 'col' }, cut(name))),
        ),
      ),
      h(
        'tbody',
        {},
        ...rows.map(({ title, cells }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, cut(title)),
            ...cells.map(({ text, changed }) =>
              changed
                ? h(
                    'td',
                    { class: 'changed' },
                    h(
                      'span',
                      { class: 'changed-value' },
                      h('span', { class: 'changed-mark', 'aria-hidden': 'true' }, '●'),
                      h('span', { class: 'hidden-visually' }, 'changed: '),
                      cut(text),
                    ),
                  )
                : h('td', {}, cut(text)),
            ),
          ),
        ),
      ),
    ),
  );
}
