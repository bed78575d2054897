import type { TextBlock } from '../../server/protocol/pretextPreview.ts';
import type { App } from '../app.ts';
import { emptyState, h, setAttributes, setChildren, setText } from '../dom.ts';
import { formatCount } from '../format.ts';
import type { Pane } from '../pane.ts';
import { textBlock } from '../preview/texts.ts';
import type { Part, RunModel } from '../runs/runModel.ts';
import { playButton } from '../sound.ts';
import { StepSlider } from './stepSlider.ts';
import { joinSteps, lastNotAfter } from './timeline.ts';

/** Reconstructions or views by step, one picture a run. */
export class PicturesPane implements Pane {
  readonly element: HTMLElement;
  private readonly slider: StepSlider;
  private readonly list = h('div', { class: 'pictures' });
  private readonly empty = emptyState(
    'No picture yet.',
    'Pictures of what the method sees and restores are drawn at the end of the first epochs.',
  );
  private readonly frames = new Map<string, Frame>();
  private runs: readonly RunModel[] = [];

  constructor(private readonly app: App) {
    this.slider = new StepSlider('Pictures', app.store.get().picture, (picture) => {
      app.store.update({ picture });
      this.show();
    });
    this.element = h('div', { class: 'pictures-pane' }, this.slider.element, this.empty, this.list);
  }

  draw(runs: readonly RunModel[], changed: ReadonlySet<Part>): void {
    if (runs === this.runs && !changed.has('previews')) return;
    this.runs = runs;
    const steps = joinSteps(runs.map(({ previews }) => previews.map(({ step }) => step)));
    this.slider.setSteps(steps);
    this.slider.element.hidden = steps.length === 0;
    this.empty.hidden = steps.length > 0;
    for (const [id, frame] of this.frames) {
      if (runs.some((run) => run.id === id)) continue;
      frame.element.remove();
      this.frames.delete(id);
    }
    this.show();
  }

  private show(): void {
    const { step } = this.slider;
    for (const run of this.runs) {
      let frame = this.frames.get(run.id);
      if (!frame) {
        frame = new Frame();
        this.frames.set(run.id, frame);
        this.list.append(frame.element);
      }
      const shown =
        step === undefined
          ? undefined
          : lastNotAfter(
              run.previews.map((preview) => preview.step),
              step,
            );
      const picture = run.previews.find((preview) => preview.step === shown);
      if (picture?.block) frame.showText(run.summary.name, picture.step, picture.block);
      else frame.show(run.summary.name, picture?.step, picture && this.app.fileUri(run, picture.file));
      frame.explain(picture?.rows ?? []);
      frame.hear((picture?.sounds ?? []).map((file) => this.app.fileUri(run, file)));
    }
  }
}

/** A picture, or texts, with its caption; the old one stays until the new one is loaded, so that nothing flickers. */
class Frame {
  private readonly image = h('img', { class: 'picture' });
  private readonly caption = h('figcaption', { class: 'cut' });
  private readonly rows = h('p', { class: 'muted', hidden: true });
  private readonly texts = h('div', { hidden: true });
  private readonly sounds = h('div', { class: 'sounds', hidden: true });
  readonly element = h(
    'figure',
    { class: 'picture-frame' },
    this.caption,
    this.rows,
    this.image,
    this.sounds,
    this.texts,
  );
  private heard = '';
  private wanted = '';
  private shown: TextBlock | undefined;

  showText(run: string, step: number, block: TextBlock): void {
    if (block === this.shown) return;
    this.shown = block;
    this.element.hidden = false;
    setAttributes(this.image, { hidden: true });
    this.texts.hidden = false;
    setChildren(this.texts, textBlock(block));
    const text = `${run}, step ${formatCount(step)}`;
    setText(this.caption, text);
    this.caption.title = text;
  }

  /** What the rows of the picture show, from above. */
  explain(rows: readonly string[]): void {
    setText(this.rows, `Rows: ${rows.join(', ')}.`);
    this.rows.hidden = rows.length === 0;
  }

  /** Sounds of the columns, from left to right; they are the same at every step. */
  hear(uris: readonly string[]): void {
    const key = uris.join(' ');
    if (key === this.heard) return;
    this.heard = key;
    this.sounds.hidden = uris.length === 0;
    setChildren(this.sounds, ...uris.map((uri, column) => playButton(uri, `column ${column + 1}`)));
  }

  show(run: string, step: number | undefined, uri: string | undefined): void {
    this.element.hidden = uri === undefined;
    if (uri === undefined || step === undefined) return;
    const text = `${run}, step ${formatCount(step)}`;
    if (uri === this.wanted) return;
    this.wanted = uri;
    const next = new Image();
    next.src = uri;
    next.decode().then(
      () => {
        if (this.wanted !== uri) return;
        setAttributes(this.image, {
          src: uri,
          alt: `What the method sees and restores: ${text}`,
          hidden: false,
        });
        setText(this.caption, text);
        this.caption.title = text;
      },
      () => {
        if (this.wanted !== uri) return;
        setAttributes(this.image, { src: undefined, hidden: true });
        setText(this.caption, `${text}: the picture cannot be loaded.`);
      },
    );
  }
}
