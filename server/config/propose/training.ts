import type { DataFacts } from '../../protocol/trainer.ts';

/** Fewer samples need more passes; a batch is never more than a quarter of them. */
export function trainingLines(count = 5000): string[] {
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

/** What labels are good for, or how to get there. `tasks`: lines of tasks that need no labels. */
export function labelLines(
  labelled: boolean,
  key: string,
  opened: DataFacts | undefined,
  tasks: readonly string[] = [],
): string[] {
  if (!labelled && tasks.length > 0) {
    return [
      'evaluate: { linearProbe: false, knn: false } # both need labels',
      'downstream:',
      ...tasks,
      `  # - { task: classification, labelsPerClass: [1, 10, all] } # with labels: ${key}`,
    ];
  }
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
    return tasks.length > 0
      ? ['downstream:', ...tasks]
      : ['# Only one class was found: with two or more you could add `downstream:`.'];
  const rarest = Math.min(...trainPerClass);
  const budgets = [...[1, 10].filter((budget) => budget <= rarest), 'all'];
  return [
    ...(train < 40 ? ['evaluate: { knn: { k: 3 } } # few samples, few neighbours'] : []),
    'downstream: # what the few labels are good for, with and without pretraining',
    `  - { task: classification, mode: finetune, labelsPerClass: [${budgets.join(', ')}] }`,
    ...tasks,
  ];
}
