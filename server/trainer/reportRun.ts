import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeReport } from '../export/report.ts';
import type { TextBlock } from '../protocol/pretextPreview.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { readMetrics } from '../runFolder/metrics.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import type { RunContext } from './context.ts';
import type { Emitter } from './emitter.ts';

/** Writes report.md and its pictures. */
export async function reportRun(
  { run, dataset, model }: RunContext,
  { results, verdict }: Emitter,
  exported: readonly string[],
): Promise<void> {
  const paths = runPaths(run.folder);
  const previews = existsSync(paths.previews)
    ? readdirSync(paths.previews)
        .filter((name) => /\.(png|json)$/.test(name))
        .sort()
        .map((name) => `previews/${name}`)
    : [];
  const files = writeReport({
    record: run.record,
    data: dataset.summary,
    method: { title: model.method.title, url: model.method.paper.url },
    metrics: existsSync(paths.metrics) ? readMetrics(paths.metrics) : [],
    results,
    ...(verdict && { verdict }),
    previews,
    previewTexts: Object.fromEntries(
      previews
        .filter((name) => name.endsWith('.json'))
        .map((name) => [name, JSON.parse(readFileSync(path.join(run.folder, name), 'utf8')) as TextBlock]),
    ),
    exports: exported.map((file) => path.relative(run.folder, file).split(path.sep).join('/')),
    previewRows: model.task.guess
      ? 'the text, what the encoder sees of it, the most probable token at each place that is asked for'
      : model.task.reconstruct
        ? 'the original, what the encoder sees of it, what is restored'
        : 'the sample, then its views',
  });
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(run.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileAtomic(file, content);
  }
}
