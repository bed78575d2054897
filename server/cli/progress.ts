import { stripVTControlCharacters } from 'node:util';
import type { HealthState, MetricLine, StageKind, TrainerEvent } from '../protocol/run.ts';
import { count, duration, figure, plural } from './format.ts';
import type { Io } from './io.ts';
import { verdictText } from './results.ts';
import { type Style, styleFor } from './style.ts';
import { visible } from './table.ts';

type StepEvent = Extract<TrainerEvent, { event: 'step' }>;

/** How often the line is redrawn on a terminal (ms). */
const REDRAW = 100;
/** Elsewhere a line is written at the end of an epoch, but not more often, and at the latest, than this (ms). */
const PLAIN_SOONEST = 1000;
const PLAIN_LATEST = 5000;
const BAR_WIDTH = 20;

/** Shows what a trainer reports: one bar per stage on a terminal, plain lines elsewhere. */
export class Progress {
  private readonly style: Style;
  private stage: { kind: StageKind; title: string; started: number; last?: StepEvent } | undefined;
  private drawn = 0;
  private plainEpoch = -1;
  private shown: StepEvent | undefined;
  private quality = '';
  private health: HealthState | undefined;
  private onLine = false;

  constructor(
    private readonly io: Io,
    private readonly now: () => number = Date.now,
  ) {
    this.style = styleFor(io);
  }

  handle(event: TrainerEvent): void {
    switch (event.event) {
      case 'data':
        this.line(
          `${this.label('Data')}${event.summary}; ${count(event.train)} to train, ${count(event.test)} to test`,
        );
        this.skipped(event.skipped);
        break;
      case 'device':
        this.line(`${this.label('Device')}${event.device}: ${event.description} (${event.reason})`);
        break;
      case 'stage':
        this.stageChanged(event);
        break;
      case 'step':
        this.step(event);
        break;
      case 'task':
        this.task(event);
        break;
      case 'verdict': {
        // The last verdict stands below the table; on the way only a change is news.
        const fine = (state: HealthState | undefined) =>
          state === undefined || state === 'healthy' || state === 'unknown';
        const { state } = event.verdict;
        if (state !== this.health && !(fine(state) && fine(this.health))) {
          this.line(verdictText(event.verdict, this.style).trimEnd());
        }
        this.health = state;
        break;
      }
      case 'metrics':
        this.quality = qualityText(event.line) || this.quality;
        break;
      case 'log':
        if (event.level !== 'info') {
          const paint = event.level === 'error' ? this.style.red : this.style.yellow;
          this.line(`${paint(event.level)}: ${event.text}`);
        }
        break;
      case 'changed':
        this.line(`${this.label('Changed')}${event.change.text} (from step ${event.change.step + 1} on)`);
        break;
      default: // previews, maps, checkpoints and results are in the run folder and in the table at the end
    }
  }

  /** Writes lines above the bar. */
  line(text: string): void {
    this.clear();
    this.io.out(`${text}\n`);
  }

  /** Ends the bar where it stands; call it when the trainer has ended. */
  close(): void {
    const last = this.stage?.last;
    if (last !== undefined && (this.io.terminal || last !== this.shown)) this.line(this.stepText(last));
    this.clear();
    this.stage = undefined;
  }

  private label(text: string): string {
    return this.style.bold(text.padEnd(10));
  }

  private skipped(skipped: readonly { name: string; reason: string }[]): void {
    if (skipped.length === 0) return;
    this.line(
      this.style.yellow(
        `${plural(skipped.length, 'sample')} could not be read and ${skipped.length === 1 ? 'is' : 'are'} left out:`,
      ),
    );
    for (const { name, reason } of skipped.slice(0, 3)) this.line(`  ${name}: ${reason}`);
    if (skipped.length > 3)
      this.line(`  and ${count(skipped.length - 3)} more; log.txt of the run names them all`);
  }

  private stageChanged(event: Extract<TrainerEvent, { event: 'stage' }>): void {
    if (event.state === 'started') {
      this.stage = { kind: event.stage, title: event.title, started: this.now() };
      this.plainEpoch = -1;
      this.quality = '';
      this.drawn = 0;
      if (this.io.terminal) this.draw(`${this.label(event.title)}${this.style.dim('...')}`);
      else this.line(event.title);
    } else if (event.state === 'reused') {
      this.line(`${this.label(event.title)}already done by an earlier run: reused`);
    } else {
      const { started, last } = this.stage ?? { started: this.now() };
      const loss = last === undefined ? '' : ` ${this.style.dot} loss ${figure(last.loss)}`;
      const bar = last === undefined || !this.io.terminal ? '' : `${this.style.bar(1, BAR_WIDTH)} `;
      this.line(
        `${this.label(event.title)}${bar}${this.style.green('done')} in ${duration((this.now() - started) / 1000)}${loss}`,
      );
      this.stage = undefined;
    }
  }

  /** One of the many short trainings of a stage. */
  private task({ title, step, steps, loss }: Extract<TrainerEvent, { event: 'task' }>): void {
    if (this.stage === undefined) return;
    const since = this.now() - this.drawn;
    if (since < (this.io.terminal ? REDRAW : PLAIN_LATEST)) return;
    this.drawn = this.now();
    const { style } = this;
    const bar = this.io.terminal ? `${style.bar(step / steps, BAR_WIDTH)} ` : '';
    const text = `${this.label(this.stage.title)}${bar}${[title, `${step}/${steps}`, `loss ${figure(loss)}`].join(` ${style.dot} `)}`;
    if (this.io.terminal) this.draw(text);
    else this.line(text);
  }

  private step(event: StepEvent): void {
    const { stage } = this;
    if (stage === undefined) return;
    stage.last = event;
    const since = this.now() - this.drawn;
    if (this.io.terminal) {
      if (since < REDRAW) return;
      this.drawn = this.now();
      this.draw(this.stepText(event));
      return;
    }
    const epoch = Math.ceil(event.epoch);
    if (since < (epoch === this.plainEpoch ? PLAIN_LATEST : PLAIN_SOONEST)) return;
    this.plainEpoch = epoch;
    this.shown = event;
    this.drawn = this.now();
    this.line(this.stepText(event));
  }

  private stepText(event: StepEvent): string {
    const { style } = this;
    const title = this.label(this.stage?.title ?? event.stage);
    const bar = this.io.terminal ? `${style.bar(event.step / event.steps, BAR_WIDTH)} ` : '';
    const parts = [
      `${String(Math.floor((100 * event.step) / event.steps)).padStart(3)} %`,
      `epoch ${Math.ceil(event.epoch)}/${event.epochs}`,
      `loss ${figure(event.loss)}`,
      ...(this.quality === '' ? [] : [this.quality]),
      `${count(event.samplesPerSecond)} samples/s`,
      `ETA ${duration(event.etaSeconds)}`,
    ];
    return title + bar + parts.join(` ${style.dot} `);
  }

  private draw(text: string): void {
    this.clear();
    this.io.out(visible(text) < this.io.columns ? text : cut(text, this.io.columns - 1));
    this.onLine = true;
  }

  private clear(): void {
    if (this.onLine) this.io.out('\r\x1b[2K');
    this.onLine = false;
  }
}

/** The accuracies of an online evaluation: `kNN 91.2 %`. */
function qualityText({ values }: MetricLine): string {
  const shown = [
    ['kNN', values.knn],
    ['probe', values.linearProbe],
  ] as const;
  return shown
    .filter(([, value]) => value !== undefined)
    .map(([title, value]) => `${title} ${(100 * (value ?? 0)).toFixed(1)} %`)
    .join(', ');
}

/** The first `width` cells; colours are dropped, because a cut one would leak. */
function cut(text: string, width: number): string {
  return [...stripVTControlCharacters(text)].slice(0, width).join('');
}
