import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TextBlock } from '../protocol/pretextPreview.ts';
import type { Result } from '../protocol/run.ts';
import type {
  ChangeMark,
  EmbeddingMap,
  PreviewPicture,
  RunDelta,
  RunSnapshot,
  RunSummary,
  Series,
} from '../protocol/runView.ts';
import { readRun, runPaths } from '../runFolder/runFolder.ts';
import { LineTail } from './lineTail.ts';
import { type Axis, type Mark, MetricTable, parseMetrics } from './metricTable.ts';

/** Lines of the log that are kept, and read at first (bytes). */
const LOG_LINES = 500;
const LOG_BYTES = 1 << 17;

/** What somebody who watches a run has been told of it. */
export interface Cursor {
  revision: number;
  mark: Mark;
  marks: number;
  previews: number;
  maps: number;
  log: number;
  results: string;
  summary: string;
}

/** Everything that can be seen of one run, read from its folder as it grows. */
export class RunReader {
  private readonly table = new MetricTable();
  private readonly metrics: LineTail;
  private readonly logTail: LineTail;
  private log: string[] = [];
  /** Lines of the log ever read. */
  private logged = 0;
  private marks: readonly ChangeMark[] = [];
  private results: readonly Result[] = [];
  private previews: readonly PreviewPicture[] = [];
  private maps: readonly number[] = [];
  private reading: Promise<void> | undefined;
  /** Counts starts over: whoever watches needs a snapshot. */
  private restarts = 0;

  constructor(readonly folder: string) {
    const paths = runPaths(folder);
    this.metrics = new LineTail(paths.metrics);
    this.logTail = new LineTail(paths.log, LOG_BYTES);
  }

  /** Reads what is new; a second call meanwhile waits for the first. */
  refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  snapshot(summary: RunSummary, points: number): RunSnapshot {
    return {
      summary,
      config: this.config(),
      series: this.table.all(points),
      marks: this.marks,
      previews: this.previews,
      results: this.results,
      log: this.log,
      maps: this.maps,
    };
  }

  /** All that was told with a snapshot taken now. */
  cursor(summary: RunSummary): Cursor {
    return {
      revision: this.revision,
      mark: this.table.mark(),
      marks: this.marks.length,
      previews: this.previews.length,
      maps: this.maps.length,
      log: this.logged,
      results: JSON.stringify(this.results),
      summary: JSON.stringify(summary),
    };
  }

  /** What came after the cursor, which is moved to now; undefined when nothing did. */
  delta(cursor: Cursor, summary: RunSummary, points: number): RunDelta | undefined {
    const before = { ...cursor };
    Object.assign(cursor, this.cursor(summary));
    const run = summary.id;
    const isShorter =
      this.previews.length < before.previews ||
      this.maps.length < before.maps ||
      this.marks.length < before.marks;
    if (before.revision !== cursor.revision || isShorter)
      return { run, snapshot: this.snapshot(summary, points) };
    const series = this.table.since(before.mark, points);
    const lines = Math.min(this.logged - before.log, this.log.length);
    const delta: RunDelta = {
      run,
      ...(cursor.summary !== before.summary && { summary }),
      ...(series.length > 0 && { series }),
      ...(this.marks.length > before.marks && { marks: this.marks.slice(before.marks) }),
      ...(this.previews.length > before.previews && { previews: this.previews.slice(before.previews) }),
      ...(cursor.results !== before.results && { results: this.results }),
      ...(lines > 0 && { log: this.log.slice(-lines) }),
      ...(this.maps.length > before.maps && { maps: this.maps.slice(before.maps) }),
    };
    return Object.keys(delta).length > 1 ? delta : undefined;
  }

  series(names: readonly string[], axis: Axis, from: number, to: number, points: number): Series[] {
    return this.table.range(names, axis, from, to, points);
  }

  /** @returns null where there is none. */
  async map(step?: number): Promise<EmbeddingMap | null> {
    await this.refresh();
    const wanted = step ?? this.maps.at(-1);
    if (wanted === undefined || !this.maps.includes(wanted)) return null;
    const name = (await names(runPaths(this.folder).embeddings)).find((file) => mapStep(file) === wanted);
    if (name === undefined) return null;
    return JSON.parse(
      await readFile(path.join(runPaths(this.folder).embeddings, name), 'utf8'),
    ) as EmbeddingMap;
  }

  private get revision(): number {
    return this.table.revision + this.restarts;
  }

  private config(): string {
    try {
      return readFileSync(runPaths(this.folder).config, 'utf8');
    } catch {
      return '';
    }
  }

  private async read(): Promise<void> {
    const paths = runPaths(this.folder);
    await this.metrics.read(
      (lines) => {
        for (const line of parseMetrics(lines)) this.table.add(line);
      },
      () => this.table.clear(),
    );
    await this.logTail.read(
      (lines) => {
        this.logged += lines.length;
        this.log = [...this.log, ...lines].slice(-LOG_LINES);
      },
      () => {
        this.log = [];
        this.restarts++;
      },
    );
    this.previews = await this.readPreviews(paths.previews);
    this.maps = (await names(paths.embeddings)).flatMap((name) => mapStep(name) ?? []).sort((a, b) => a - b);
    try {
      const { history = [], results } = readRun(this.folder);
      this.marks = history.map(({ step, epoch, time, text }) => ({ step, epoch, time, text }));
      this.results = results;
    } catch {
      // Deleted meanwhile: its list says so.
    }
  }

  /** What texts show stands in their files; a file is read once. */
  private async readPreviews(folder: string): Promise<PreviewPicture[]> {
    const sounds = (await names(path.join(folder, 'sounds')))
      .flatMap((name) => stepOf(/^(\d+)\.wav$/, name) ?? [])
      .sort((a, b) => a - b)
      .map((place) => `previews/sounds/${place}.wav`);
    const rows = await lines(path.join(folder, 'rows.txt'));
    const known = new Map(this.previews.map((preview) => [preview.file, preview]));
    const found = (await names(folder)).flatMap((name) => {
      const step = previewStep(name);
      return step === undefined ? [] : [{ step, name, file: `previews/${name}` }];
    });
    const pictures = found.map(async ({ step, name, file }): Promise<PreviewPicture[]> => {
      if (!name.endsWith('.json'))
        return [{ step, file, ...(rows.length > 0 && { rows }), ...(sounds.length > 0 && { sounds }) }];
      const before = known.get(file);
      if (before !== undefined) return [before];
      const block = await textBlock(path.join(folder, name));
      return block === undefined ? [] : [{ step, file, block }];
    });
    return (await Promise.all(pictures)).flat().sort((a, b) => a.step - b.step);
  }
}

/** Undefined where the file cannot be read. */
async function textBlock(file: string): Promise<TextBlock | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as TextBlock;
  } catch {
    return undefined;
  }
}

/** Lines of a text; none where the file cannot be read. */
async function lines(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

const previewStep = (name: string): number | undefined => stepOf(/^step-(\d+)\.(?:png|json)$/, name);
const mapStep = (name: string): number | undefined => stepOf(/^map-(\d+)\.json$/, name);

function stepOf(pattern: RegExp, name: string): number | undefined {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
