import path from 'node:path';
import type { DataFacts } from '../protocol/trainer.ts';
import type { FolderFacts, ImageFacts, TableFacts } from './inspectFolder.ts';
import { formatValue } from './words.ts';

export interface ProposeOptions {
  /** Where the config will be written: its paths start there. Default: the folder above the data. */
  readonly folder?: string;
  readonly name?: string;
  /** What the data turned out to be, where they have been opened: it counts instead of what names and headers tell. */
  readonly opened?: DataFacts;
}

/**
 * A commented config for data that was found: reads without problems, and names what to change first. Depends on
 * nothing but its arguments.
 */
export function proposeConfig(facts: FolderFacts, options: ProposeOptions = {}): string {
  const folder = options.folder ?? path.dirname(facts.path);
  const relative = (file: string): string => {
    const text = path.relative(folder, file).split(path.sep).join('/');
    return formatValue(text === '' ? '.' : text.startsWith('.') ? text : `./${text}`);
  };
  const lines = [
    `# ${options.opened?.summary ?? headline(facts)}`,
    ...(options.opened?.notes ?? []).slice(0, 5).map((note) => `# Note: ${note}`),
    '# Every key with its range and default: docs/config.md. Check: selfsup check <this file>. Run: selfsup train <this file>.',
    ...(options.name === undefined ? [] : [`name: ${formatValue(options.name)}`]),
    'seed: 0 # everything random is drawn from this; change it for another draw',
    '',
    ...(facts.modality === 'image'
      ? imageLines(facts, relative, options.opened)
      : tableLines(facts, relative, options.opened)),
  ];
  return `${lines.join('\n')}\n`;
}

function headline(facts: FolderFacts): string {
  const count = facts.count === undefined ? '' : `${facts.count.toLocaleString('en-US')} `;
  if (facts.modality === 'table') {
    return `${facts.format}: about ${count}rows, ${facts.columns.length} columns${facts.label === undefined ? ', no label column found' : ''}.`;
  }
  const shape = facts.shape === undefined ? '' : ` of ${facts.shape.join(' x ')}`;
  const classes = facts.classes === undefined ? '' : ` in ${facts.classes.length} classes`;
  return `${facts.format}: ${count}images${shape}${classes}.`;
}

function imageLines(
  facts: ImageFacts,
  relative: (file: string) => string,
  opened: DataFacts | undefined,
): string[] {
  const [height = 64, width = 64, channels = 3] = facts.shape ?? opened?.shape ?? [];
  const size = Math.max(16, Math.min(64, Math.ceil(Math.min(height, width) / 4) * 4));
  const small = height <= 64 && width <= 64 && height === width && height >= 8;
  const labelled = opened ? opened.classes !== undefined : facts.labels !== undefined;
  const named = facts.labels !== undefined && facts.labels !== 'stored' && facts.labels !== 'folders';
  const many = (facts.count ?? 0) >= 20_000 && Math.min(height, width) >= 64;
  return [
    'data:',
    `  images: ${relative(facts.path)}`,
    ...(named ? [`  labels: ${relative(facts.labels ?? '')}`] : []),
    ...(facts.labels === 'folders' ? ['  labels: folders # each class is a subfolder'] : []),
    ...(facts.test === undefined
      ? ['  testFraction: 0.2 # held out, never trained on']
      : [
          '  test:',
          `    images: ${relative(facts.test.images)}`,
          ...(facts.test.labels === undefined ? [] : [`    labels: ${relative(facts.test.labels)}`]),
        ]),
    small
      ? `  # size: ${height} # pixels; the images' own size is used`
      : `  size: ${size} # pixels; larger is slower`,
    '',
    ...(many
      ? [
          '# Many large images: a vision transformer that sees a quarter of the patches learns fast.',
          'encoder: { type: vit, patch: 8 }',
          'pretext:',
          '  method: mae # or vicreg, simclr, byol with a convnet: selfsup methods',
        ]
      : [
          'encoder: { type: convnet, width: 32 }',
          'pretext:',
          '  method: vicreg # needs no large batches; others: selfsup methods',
          ...(channels === 1
            ? [
                '  views: { crop: [0.6, 1], rotate: 15, noise: 0.1 } # what must not change the meaning of your images',
              ]
            : ['  # views: { crop: [0.3, 1], flip: true } # replaces the views of the method']),
        ]),
    '',
    ...trainingLines(opened?.train ?? facts.count),
    ...labelLines(labelled, 'data.labels', opened),
  ];
}

function tableLines(
  facts: TableFacts,
  relative: (file: string) => string,
  opened: DataFacts | undefined,
): string[] {
  const small = (opened?.count ?? facts.count ?? 0) < 200;
  return [
    'data:',
    ...(facts.others ?? [])
      .slice(0, 5)
      .map(
        (name) => `  # table: ${relative(path.join(path.dirname(facts.path), name))} # there is this one too`,
      ),
    `  table: ${relative(facts.path)}`,
    facts.label === undefined
      ? `  # label: ${likelyLabel(facts, opened)} # the column that holds the class, if there is one`
      : `  label: ${formatValue(facts.label)} # the class; never shown to the encoder`,
    ...(facts.test === undefined
      ? ['  testFraction: 0.2 # held out, never trained on']
      : [`  test: { table: ${relative(facts.test)} }`]),
    '',
    'encoder: { type: mlp }',
    'pretext:',
    small
      ? '  method: autoencoder # few rows: restoring them is all they allow'
      : '  method: scarf # or vime, autoencoder: selfsup methods',
    '',
    ...trainingLines(opened?.train ?? facts.count),
    ...labelLines(facts.label !== undefined, 'data.label', opened),
  ];
}

/** Without a telling name: the last column that is no number, or the last one. */
function likelyLabel({ columns }: TableFacts, opened: DataFacts | undefined): string {
  const known = opened?.columns ?? [];
  const last = known.findLast(({ kind }) => kind === 'categorical') ?? known.at(-1);
  return formatValue(last?.name ?? columns.at(-1) ?? 'name');
}

/** Fewer samples need more passes; a batch is never more than a quarter of them. */
function trainingLines(count = 5000): string[] {
  const batchSize = Math.max(2, Math.min(256, 2 ** Math.floor(Math.log2(Math.max(1, count / 4)))));
  const epochs = count < 2_000 ? 100 : count < 10_000 ? 40 : count < 100_000 ? 20 : 10;
  return [
    'train:',
    `  epochs: ${epochs}`,
    `  batchSize: ${batchSize}`,
    '  learningRate: 0.001',
    `  warmupEpochs: ${epochs / 10}`,
    '  device: auto # selfsup doctor tells what there is',
    '',
  ];
}

function labelLines(labelled: boolean, key: string, opened: DataFacts | undefined): string[] {
  if (!labelled) {
    return [
      `# With labels (${key}) the representation can be judged and fine-tuned:`,
      '# downstream:',
      '#   - { task: classification, mode: finetune, labelsPerClass: [1, 10, all] }',
      'evaluate: { linearProbe: false, knn: false } # both need labels',
    ];
  }
  const { classes = [], trainPerClass = [], train = Number.POSITIVE_INFINITY } = opened ?? {};
  if (opened && classes.length < 2)
    return ['# Only one class was found: with two or more you could add `downstream:`.'];
  const rarest = Math.min(...trainPerClass);
  const budgets = [...[1, 10].filter((budget) => budget <= rarest), 'all'];
  return [
    ...(train < 40 ? ['evaluate: { knn: { k: 3 } } # few samples, few neighbours'] : []),
    'downstream: # what the few labels are good for, with and without pretraining',
    `  - { task: classification, mode: finetune, labelsPerClass: [${budgets.join(', ')}] }`,
  ];
}
