import { stringify } from 'yaml';
import type { DataFacts } from '../protocol/trainer.ts';
import type { FoundData } from './findData.ts';

/** A commented config with choices that fit the data: what `selfsup init` writes. */
export function writeConfigText(name: string, data: FoundData, facts: DataFacts): string {
  const image = facts.modality === 'image';
  const batchSize = powerOfTwo(Math.min(256, facts.train / 4));
  const lines = [
    `# ${facts.summary}`,
    '# Every key with its range and default: docs/config.md. Check this file with: selfsup check',
    yaml({ name, seed: 0 }),
    yaml({ data: plainData(data) }),
    '# The network whose features you want.',
    image ? 'encoder: { type: convnet }' : 'encoder: { type: mlp }',
    '',
    '# What it learns from without labels. See: selfsup methods',
    ...pretextLines(image),
    '',
    '# device: auto takes the fastest one that works here. See: selfsup doctor',
    `train: { epochs: ${image ? 60 : 100}, batchSize: ${batchSize}, learningRate: 1e-3, device: auto }`,
    '',
    ...downstreamLines(facts),
    'export: { onnx: true, safetensors: true }',
  ];
  return `${lines.join('\n')}\n`;
}

function pretextLines(image: boolean): string[] {
  if (!image) return ['pretext: { method: scarf }'];
  return [
    'pretext:',
    '  method: vicreg',
    '  # Views: what may change in a sample without changing what it shows. Take out what would, e.g. flip for digits.',
    '  views: { crop: [0.5, 1], flip: true }',
  ];
}

/** Label budgets that every class can pay. */
function downstreamLines({ classes, trainPerClass = [] }: DataFacts): string[] {
  if (classes === undefined || classes.length < 2) {
    return ['# No labels were found; with some you could add `downstream:` and see what they buy.', ''];
  }
  const rarest = Math.min(...trainPerClass);
  const budgets = [1, 10].filter((budget) => budget <= rarest);
  return [
    `# Fine-tuning with few labels, beside training from scratch (${classes.length} classes, the rarest with ${rarest} samples).`,
    'downstream:',
    `  - { task: classification, mode: finetune, labelsPerClass: [${[...budgets, 'all'].join(', ')}] }`,
    '',
  ];
}

function plainData(data: FoundData): Record<string, unknown> {
  const { label, ...rest } = data;
  return label === undefined ? rest : { ...rest, label };
}

const yaml = (value: unknown): string => stringify(value);

function powerOfTwo(value: number): number {
  return Math.max(8, 2 ** Math.floor(Math.log2(Math.max(1, value))));
}
