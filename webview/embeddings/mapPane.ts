import { readMapRequest } from '../../server/protocol/editor.ts';
import type { EmbeddingMap, SampleReference } from '../../server/protocol/runView.ts';
import { type App, errorText } from '../app.ts';
import { onThemeChange, readTheme } from '../charts/palette.ts';
import { button, dropdown, progressRing } from '../controls.ts';
import { cut, emptyState, h, setChildren, setText } from '../dom.ts';
import { formatCount, formatPercent, plural } from '../format.ts';
import type { Pane } from '../pane.ts';
import { StepSlider } from '../reconstructions/stepSlider.ts';
import type { Part, RunModel } from '../runs/runModel.ts';
import { playButton } from '../sound.ts';
import { agreementTable } from './agreementTable.ts';
import { ClassLegend } from './classLegend.ts';
import type { Position } from './geometry.ts';
import { SampleTip } from './sampleTip.ts';
import { Scatter } from './scatter.ts';
import { UmapRunner } from './umap.ts';

/** The embeddings of held-out samples in the plane: PCA at once, UMAP when it is ready. Points open their sample. */
export class MapPane implements Pane {
  readonly element: HTMLElement;
  private readonly slider: StepSlider;
  private readonly scatter: Scatter;
  private readonly tip = new SampleTip();
  private readonly legend = new ClassLegend(() => this.plot());
  private readonly words = h('p', { class: 'muted map-words' });
  private readonly working = h(
    'span',
    { class: 'map-working', hidden: true },
    progressRing('Laying out'),
    'UMAP',
  );
  private readonly agreement = h('div', { class: 'scroll-x' });
  private readonly agreementDetails = h(
    'details',
    { class: 'more' },
    h('summary', {}, 'As a table'),
    this.agreement,
  );
  private readonly field: HTMLElement;
  /** The sample that was chosen last, to be heard. */
  private readonly heard = h('p', { class: 'heard', hidden: true });
  private readonly empty = emptyState(
    'No embedding map yet.',
    'It is drawn with each evaluation (evaluate.every), from held-out samples.',
  );
  private readonly umap = new UmapRunner(document.body.dataset.umapWorker ?? '');
  private readonly runChoice = dropdown<string>('Run', [], '', (run) => {
    this.chosen = run;
    this.refresh();
  });
  private runs: readonly RunModel[] = [];
  private chosen: string | undefined;
  private map: EmbeddingMap | undefined;
  private wanted = '';
  private laidOut: readonly Position[] | undefined;

  constructor(private readonly app: App) {
    const state = app.store.get();
    this.scatter = new Scatter({
      hover: (index, at) => {
        if (index === undefined || !this.map) this.tip.hide();
        else this.tip.show(this.map, index, at, this.scatter.element);
      },
      open: (index) => this.open(index),
    });
    this.slider = new StepSlider('Map', state.map, (map) => {
      app.store.update({ map });
      this.refresh();
    });
    const projection = dropdown('Layout', projections, state.projection, (chosen) => {
      app.store.update({ projection: chosen });
      this.layOut();
    });
    this.field = h(
      'div',
      { class: 'map-field' },
      h('div', { class: 'scatter-frame' }, this.scatter.element, this.tip.element),
      this.legend.element,
    );
    this.agreementDetails.addEventListener('toggle', () => this.fillTable());
    this.element = h(
      'div',
      { class: 'map-pane' },
      h('div', { class: 'toolbar' }, this.runChoice.element, projection.element, this.working),
      this.slider.element,
      this.words,
      this.empty,
      this.field,
      this.heard,
      this.agreementDetails,
    );
    onThemeChange(() => {
      this.scatter.setTheme(readTheme());
      this.legend.setTheme(readTheme());
    });
  }

  draw(runs: readonly RunModel[], changed: ReadonlySet<Part>): void {
    if (runs !== this.runs) {
      this.runs = runs;
      this.wanted = '';
      this.runChoice.setChoices(
        runs.map(({ id, summary }) => ({ value: id, title: summary.name })),
        this.run?.id ?? '',
      );
      this.runChoice.element.hidden = runs.length < 2;
    } else if (!changed.has('maps')) return;
    this.refresh();
  }

  private get run(): RunModel | undefined {
    return this.runs.find(({ id }) => id === this.chosen) ?? this.runs[0];
  }

  /** Reads the map of the chosen run and step, unless it is there already. */
  private refresh(): void {
    const { run } = this;
    this.slider.setSteps(run?.maps ?? []);
    const { step } = this.slider;
    for (const part of [this.slider.element, this.field, this.agreementDetails, this.words]) {
      part.hidden = step === undefined;
    }
    this.empty.hidden = step !== undefined;
    if (!run || step === undefined || this.wanted === `${run.id} ${step}`) return;
    this.wanted = `${run.id} ${step}`;
    void this.read(run, step, this.wanted);
  }

  private async read(run: RunModel, step: number, wanted: string): Promise<void> {
    try {
      const map = await this.app.connection.sendRequest(readMapRequest, { run: run.id, step });
      if (wanted !== this.wanted) return;
      if (!map) {
        setText(this.words, 'The map of this step is gone.');
        return;
      }
      this.map = map;
      this.heard.hidden = true;
      this.tip.prepare(map.thumbnails && this.app.fileUri(run, map.thumbnails.file));
      this.legend.setClasses(map, readTheme());
      this.scatter.element.setAttribute('aria-label', describe(map));
      this.layOut();
    } catch (error) {
      if (wanted === this.wanted) setText(this.words, `The map cannot be read: ${errorText(error)}`);
    }
  }

  private layOut(): void {
    const { map } = this;
    if (!map) return;
    this.umap.cancel();
    this.laidOut = undefined;
    this.working.hidden = true;
    if (this.app.store.get().projection === 'umap') this.startUmap(map);
    this.plot();
  }

  private startUmap(map: EmbeddingMap): void {
    if (map.pca.length < 4) {
      setText(this.words, 'Too few samples for UMAP: this is PCA.');
      return;
    }
    this.working.hidden = false;
    void this.umap.run(
      map.components,
      ({ positions, done }) => {
        this.laidOut = positions;
        this.working.hidden = done;
        this.plot();
      },
      (reason) => {
        this.working.hidden = true;
        setText(this.words, `UMAP failed, this is PCA: ${reason}`);
      },
    );
  }

  private plot(): void {
    const { map } = this;
    if (!map) return;
    this.scatter.show(this.laidOut ?? map.pca, map.labels, this.legend.hidden);
    const [first, second] = map.explained;
    setText(
      this.words,
      this.laidOut
        ? `UMAP of ${map.layer}, ${plural(map.pca.length, 'sample')}. Distances between groups mean little.`
        : `PCA of ${map.layer}, ${plural(map.pca.length, 'sample')}: the two axes explain ` +
            `${formatPercent(first)} and ${formatPercent(second)} of the variance.`,
    );
    this.fillTable();
  }

  private fillTable(): void {
    const { map } = this;
    if (!map || !this.agreementDetails.open) return;
    setChildren(this.agreement, agreementTable(map, this.laidOut ?? map.pca));
  }

  private open(index: number): void {
    const { map } = this;
    const sample = map?.samples[index];
    if (map?.sounds !== undefined && index < map.sounds.count) this.hear(index, map.sounds.folder);
    else this.openFile(sample);
  }

  /** Sounds are heard where they are chosen; their file is one step further. */
  private hear(index: number, folder: string): void {
    const sample = this.map?.samples[index];
    const { run } = this;
    if (!run || !sample) return;
    const player = playButton(this.app.fileUri(run, `${folder}/${index}.wav`), sample.name);
    setChildren(
      this.heard,
      player,
      cut(sample.name),
      sample.file !== undefined && button({ label: 'Open file', press: () => this.openFile(sample) }),
    );
    this.heard.hidden = false;
    player.querySelector('button')?.click();
  }

  private openFile(sample: SampleReference | undefined): void {
    if (sample?.file === undefined) return;
    const { file, line } = sample;
    this.app.act(line === undefined ? { action: 'openFile', file } : { action: 'openFile', file, line });
  }
}

const projections = [
  { value: 'pca', title: 'PCA' },
  { value: 'umap', title: 'UMAP' },
] as const;

function describe(map: EmbeddingMap): string {
  const classes = map.classes.length > 0 ? ` in ${map.classes.length} classes` : '';
  return (
    `Map of ${plural(map.pca.length, 'sample')}${classes} at step ${formatCount(map.step)}. ` +
    `Arrow keys go from point to point, Enter ${map.sounds ? 'plays' : 'opens'} the sample.`
  );
}
