import path from 'node:path';
import {
  type ClassTable,
  classTable,
  detectionPictures,
  detectionPictureWords,
} from '../protocol/detections.ts';
import { type Efficiency, efficiencyOf, whatItBought } from '../protocol/efficiency.ts';
import { bestOf, valueText } from '../protocol/measures.ts';
import type { TextBlock } from '../protocol/pretextPreview.ts';
import {
  distinctResults,
  groupResults,
  shownVariants,
  tableTitle,
  variantTitles,
  whatPretrainingBought,
} from '../protocol/results.ts';
import type { MetricLine, Result, RunRecord, Verdict } from '../protocol/run.ts';
import { lineChart, type Series } from './chart.ts';
import { previewText } from './reportText.ts';

export interface ReportInput {
  readonly record: RunRecord;
  readonly data: string;
  readonly method: { readonly title: string; readonly url: string };
  readonly metrics: readonly MetricLine[];
  readonly results: readonly Result[];
  readonly verdict?: Verdict;
  /** Previews in the order of their steps, paths relative to the run folder. */
  readonly previews: readonly string[];
  /** What those hold that are texts, by path. */
  readonly previewTexts?: Readonly<Record<string, TextBlock>>;
  /** Exported files, relative to the run folder. */
  readonly exports: readonly string[];
  /** What the rows of a preview are. */
  readonly previewRows: string;
}

/** The report and the pictures that it shows, by path relative to the run folder. */
export function writeReport(input: ReportInput): Readonly<Record<string, string>> {
  const pictures: Record<string, string> = {};
  const picture = (name: string, alt: string, svg: string): string => {
    pictures[`report/${name}.svg`] = svg;
    return `![${alt}](report/${name}.svg)\n`;
  };
  const { record, verdict } = input;
  const sections = [
    `# ${record.name}\n`,
    `${input.data}. [${input.method.title}](${input.method.url}), ${device(record)}.\n`,
    verdict && verdictSection(verdict),
    resultSection(input.results, picture),
    detectionSection(input.results),
    curves(input.metrics, picture),
    previewSection(input),
    input.exports.length > 0 &&
      `## Take away\n\n${input.exports.map((file) => `- [${path.posix.basename(file)}](${file})`).join('\n')}\n`,
    protocolSection(input.results),
    runSection(record),
  ];
  return { 'report.md': sections.filter(Boolean).join('\n'), ...pictures };
}

type AddPicture = (name: string, alt: string, svg: string) => string;

function device({ device }: RunRecord): string {
  return device ? `on ${device.name} (${device.description})` : 'device unknown';
}

function verdictSection({ state, summary, cause, fix }: Verdict): string {
  const sign = state === 'healthy' ? '✅' : state === 'unknown' ? 'ℹ️' : '⚠️';
  const rest = [cause && `Cause: ${cause}`, fix && `Fix: ${fix}`].filter(Boolean);
  return `## Verdict\n\n${sign} ${summary}\n${rest.map((line) => `\n${line}\n`).join('')}`;
}

function resultSection(results: readonly Result[], picture: AddPicture): string | false {
  const rows = groupResults(results);
  if (rows.length === 0) return false;
  const columns = shownVariants(rows);
  const table = [
    `| ${tableTitle(rows)} | ${columns.map((variant) => variantTitles[variant]).join(' | ')} |`,
    `|---|${columns.map(() => '---:').join('|')}|`,
    ...rows.map(({ title, cells }) => {
      const best = bestOf([...cells.values()]);
      const texts = columns.map((variant) => {
        const result = cells.get(variant);
        if (!result) return '';
        return result.value === best?.value ? `**${valueText(result)}**` : valueText(result);
      });
      return `| ${title} | ${texts.join(' | ')} |`;
    }),
  ].join('\n');
  const tasks = efficiencyOf(results);
  const sentences = tasks.map((task) => `**${whatItBought(task)}**`).join('\n\n');
  const bought = whatPretrainingBought(results);
  return `## What pretraining bought\n\n${sentences}\n\n${labelCharts(tasks, picture)}\n${table}\n\n${bought.map((line) => `- ${line}`).join('\n')}\n`;
}

/** Pictures of what was found on test images, and how well each class is found. */
function detectionSection(results: readonly Result[]): string | false {
  const pictures = detectionPictures(results);
  const classes = classTable(results);
  const drawn = pictures.map(({ file, title }) => `${title}:\n\n![Objects found: ${title}](${file})\n`);
  const parts = [
    ...(pictures.length > 0 ? [`${detectionPictureWords}\n`, ...drawn] : []),
    ...(classes === undefined ? [] : [`${classes.title}:\n`, classRows(classes)]),
  ];
  return parts.length > 0 && `## Objects found\n\n${parts.join('\n')}`;
}

function classRows({ variants, rows }: ClassTable): string {
  return [
    `| class | ${variants.map((variant) => variantTitles[variant]).join(' | ')} |`,
    `|---|${variants.map(() => '---:').join('|')}|`,
    ...rows.map(
      ({ name, values }) =>
        `| ${name.replaceAll('|', '\\|')} | ${values.map((value) => (value === undefined ? '' : (value * 100).toFixed(1))).join(' | ')} |`,
    ),
    '',
  ].join('\n');
}

/** One chart a task: test values by number of labels on a logarithmic axis, one line per variant and fit. */
function labelCharts(tasks: readonly Efficiency[], picture: AddPicture): string {
  const charts = tasks.filter(({ labels }) => labels.length > 1);
  return charts
    .map((task, number) => {
      const { title, unit, value, percent, labels, positions, lines } = task;
      const series = lines.map(
        (line): Series => ({
          name: line.title,
          dashed: line.variant !== 'pretrained',
          points: line.points.flatMap((point, i) =>
            point === undefined ? [] : [{ x: positions[i]!, y: point.value, error: point.std }],
          ),
        }),
      );
      const logTicks = positions.map((at, i) => ({ at, name: String(labels[i]) }));
      const svg = lineChart(series, { title, xLabel: unit, yLabel: value, logTicks, percent });
      const name = charts.length === 1 ? 'labels' : `labels-${number + 1}`;
      return picture(
        name,
        `${title}: ${value} by ${unit}, with and without pretraining; bars are one standard deviation over the draws`,
        svg,
      );
    })
    .join('\n');
}

function curves(metrics: readonly MetricLine[], picture: AddPicture): string | false {
  const lines = metrics.filter((line) => line.stage === 'pretrain');
  if (lines.length === 0) return false;
  const series = (key: string, name = key, dashed = false): Series => ({
    name,
    dashed,
    points: lines.flatMap((line) => {
      const y = line.values[key];
      return y === undefined ? [] : [{ x: line.epoch, y }];
    }),
  });
  const some = (list: readonly Series[]) => list.filter(({ points }) => points.length > 0);
  const chart = (title: string, yLabel: string, list: readonly Series[], percent = false) =>
    lineChart(some(list), { title, xLabel: 'epoch', yLabel, percent });
  const parts = [
    '## While it trained\n',
    picture('loss', 'Pretraining loss by epoch', chart('Pretraining loss', 'loss', [series('loss')])),
  ];
  const accuracy = [series('linearProbe', 'linear probe (online)'), series('knn', 'kNN (online)')];
  if (some(accuracy).length > 0)
    parts.push(
      picture(
        'accuracy',
        'Online accuracy by epoch',
        chart('Online evaluation', 'test accuracy', accuracy, true),
      ),
    );
  const layers = ['encoder', 'projector', 'predictor'];
  const spread = layers.map((layer) => series(`${layer}/std`, layer));
  if (some(spread).length > 0)
    parts.push(
      picture(
        'std',
        'Spread of the embeddings by epoch',
        chart('Spread: std of normalised embeddings × √d', '1 = spread out, 0 = collapsed', spread),
      ),
      picture(
        'rank',
        'RankMe by epoch',
        chart(
          'RankMe: directions in use',
          'effective rank',
          layers.map((layer) => series(`${layer}/rankMe`, layer)),
        ),
      ),
    );
  return parts.join('\n');
}

function previewSection(input: ReportInput): string | false {
  const { previews, previewRows } = input;
  if (previews.length === 0) return false;
  const shown = previews.length > 1 ? [previews[0]!, previews.at(-1)!] : previews;
  const pictures = shown.map((file) => {
    const block = input.previewTexts?.[file];
    const name = path.posix.basename(file).replace(/\.[a-z]+$/, '');
    return block === undefined ? `![${name}](${file})` : `### ${name}\n\n${previewText(block)}`;
  });
  return `## What the pretext task sees\n\nRows: ${previewRows}. First and last; all steps are in \`previews/\`.\n\n${pictures.join('\n\n')}\n`;
}

function protocolSection(results: readonly Result[]): string | false {
  if (results.length === 0) return false;
  const lines = distinctResults(results).map(
    (result) => `- ${variantTitles[result.variant]}, ${valueText(result)}: ${result.protocol}`,
  );
  return `## How each number was measured\n\n${lines.join('\n')}\n`;
}

function runSection(record: RunRecord): string {
  return `## Run

| | |
|---|---|
| id | \`${record.id}\` |
| config | [config.yaml](config.yaml), from \`${record.configFile}\` |
| started | ${record.started ?? record.created} |
| Selfsup | ${record.selfsup}, Node ${record.node} |
| device | ${record.device?.name ?? 'unknown'}: ${record.device?.reason ?? ''} |
| files | [metrics.jsonl](metrics.jsonl), [log.txt](log.txt), [run.json](run.json) |
`;
}
