import type { Result } from '../../server/protocol/run.ts';
import type {
  ChangeMark,
  PreviewPicture,
  RunDelta,
  RunSnapshot,
  RunSummary,
  Series,
} from '../../server/protocol/runView.ts';
import { Curve, curveKey } from './curve.ts';

/** What of a run can change. */
export type Part = 'summary' | 'series' | 'marks' | 'previews' | 'results' | 'log' | 'maps' | 'config';
export const allParts: readonly Part[] = [
  'summary',
  'series',
  'marks',
  'previews',
  'results',
  'log',
  'maps',
  'config',
];

const logLines = 500;

/** A run as the panel holds it: the snapshot, and every delta since. */
export class RunModel {
  summary!: RunSummary;
  config!: string;
  marks!: ChangeMark[];
  previews!: PreviewPicture[];
  results!: readonly Result[];
  log!: string[];
  maps!: number[];
  readonly curves = new Map<string, Curve>();
  /** Curves read again for the part that is zoomed in on. */
  readonly zoomed = new Map<string, Curve>();
  /** When its first number was written: zero of the time axis. */
  origin = 0;

  constructor(
    snapshot: RunSnapshot,
    private readonly points: number,
  ) {
    this.replace(snapshot);
  }

  get id(): string {
    return this.summary.id;
  }

  /** Takes a delta over and says what changed. */
  apply(delta: RunDelta): readonly Part[] {
    if (delta.snapshot) {
      this.replace(delta.snapshot);
      return allParts;
    }
    const changed: Part[] = [];
    const grow = <Entry>(part: Part, list: Entry[], more: readonly Entry[] | undefined): void => {
      if (!more?.length) return;
      list.push(...more);
      changed.push(part);
    };
    if (delta.summary) {
      this.summary = delta.summary;
      changed.push('summary');
    }
    if (delta.results) {
      this.results = delta.results;
      changed.push('results');
    }
    if (delta.series?.length) {
      this.append(delta.series);
      changed.push('series');
    }
    grow('marks', this.marks, delta.marks);
    grow('previews', this.previews, delta.previews);
    grow('maps', this.maps, delta.maps);
    grow('log', this.log, delta.log);
    if (this.log.length > logLines) this.log.splice(0, this.log.length - logLines);
    return changed;
  }

  /** Takes over what was read for a zoom. */
  setZoomed(series: readonly Series[]): void {
    this.zoomed.clear();
    for (const one of series) this.zoomed.set(curveKey(one), new Curve(one, this.points));
  }

  private append(series: readonly Series[]): void {
    for (const one of series) {
      const key = curveKey(one);
      const curve = this.curves.get(key);
      if (curve) curve.append(one);
      else this.curves.set(key, new Curve(one, this.points));
      this.zoomed.get(key)?.append(one);
    }
    this.findOrigin();
  }

  private replace(snapshot: RunSnapshot): void {
    this.summary = snapshot.summary;
    this.config = snapshot.config;
    this.marks = [...snapshot.marks];
    this.previews = [...snapshot.previews];
    this.results = snapshot.results;
    this.log = [...snapshot.log];
    this.maps = [...snapshot.maps];
    this.curves.clear();
    this.zoomed.clear();
    for (const one of snapshot.series) this.curves.set(curveKey(one), new Curve(one, this.points));
    this.findOrigin();
  }

  private findOrigin(): void {
    if (this.origin > 0) return;
    let first = Number.POSITIVE_INFINITY;
    for (const curve of this.curves.values()) first = Math.min(first, curve.on('time')[0] ?? first);
    if (Number.isFinite(first)) this.origin = first;
  }
}
