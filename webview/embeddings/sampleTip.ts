import type { EmbeddingMap } from '../../server/protocol/runView.ts';
import { h, setChildren } from '../dom.ts';
import type { Position } from './geometry.ts';

const shownSize = 72;

/** What is known of the sample under the cursor: its picture or how it begins, its name, its class. */
export class SampleTip {
  readonly element = h('div', { class: 'sample-tip', role: 'status', hidden: true });
  private sheet: { uri: string; image: HTMLImageElement } | undefined;

  /** Loads the thumbnails of a map beforehand. */
  prepare(uri: string | undefined): void {
    if (uri === undefined) this.sheet = undefined;
    else if (this.sheet?.uri !== uri) {
      const image = new Image();
      image.src = uri;
      this.sheet = { uri, image };
    }
  }

  show(map: EmbeddingMap, index: number, [x, y]: Position, field: HTMLElement): void {
    const sample = map.samples[index];
    const label = map.labels[index] ?? -1;
    setChildren(
      this.element,
      this.thumbnail(map, index),
      sample?.text !== undefined && h('span', {}, sample.text),
      h('span', { class: 'sample-name' }, sample?.name ?? `sample ${index}`),
      label >= 0 && h('span', { class: 'muted' }, map.classes[label] ?? `class ${label}`),
    );
    this.element.hidden = false;
    const left = Math.min(x + 14, field.clientWidth - this.element.offsetWidth - 4);
    const below = y + 14 + this.element.offsetHeight <= field.clientHeight;
    this.element.style.left = `${Math.max(4, left)}px`;
    this.element.style.top = `${Math.max(4, below ? y + 14 : y - 14 - this.element.offsetHeight)}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }

  private thumbnail(map: EmbeddingMap, index: number): HTMLCanvasElement | undefined {
    const image = this.sheet?.image;
    if (!map.thumbnails || !image?.complete || image.naturalWidth === 0) return undefined;
    const { columns, size } = map.thumbnails;
    const canvas = h('canvas', {
      class: 'thumbnail',
      width: shownSize,
      height: shownSize,
      'aria-hidden': 'true',
    });
    const context = canvas.getContext('2d')!;
    context.imageSmoothingEnabled = size > shownSize;
    const [column, row] = [index % columns, Math.floor(index / columns)];
    context.drawImage(image, column * size, row * size, size, size, 0, 0, shownSize, shownSize);
    return canvas;
  }
}
