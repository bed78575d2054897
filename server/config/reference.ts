import type { EncoderDefinition } from '../encoders/encoder.ts';
import type { Method } from '../methods/method.ts';
import { hotTrainKeys } from './diff.ts';
import { languageNode, makeLanguageNode } from './language.ts';
import { parts } from './schema.ts';
import { choicesOf, discriminator, type SchemaNode } from './schemaNode.ts';
import { describeNode, formatValue, listWords } from './words.ts';

/** The language as JSON Schema, for editors (`yamlValidation`) and other tools. */
export function referenceSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...makeLanguageNode('ref'),
    title: 'Selfsup config (*.selfsup.yaml)',
  };
}

/** docs/config.md */
export function referenceMarkdown(): string {
  const { properties = {} } = languageNode();
  const section = (key: string): string[] => {
    const node = properties[key];
    return node === undefined ? [] : [`## \`${key}\``, '', ...sectionBody(node, key), ''];
  };
  const lines = [
    ...introduction,
    ...keyTable([...rows(properties.name, 'name', false), ...rows(properties.seed, 'seed', false)]),
    '',
    ...section('data'),
    '## `encoder`',
    '',
    `${properties.encoder?.description ?? ''} \`type\` chooses it; the other keys belong to that type.`,
    '',
    ...Object.values(parts.encoders).flatMap((encoder) => encoderSection(encoder, properties.encoder)),
    '## `pretext`',
    '',
    `${properties.pretext?.description ?? ''} \`method\` chooses it; the other keys belong to that method.`,
    '',
    ...methodOverview(),
    '',
    ...Object.values(parts.methods).flatMap((method) => methodSection(method, properties.pretext)),
    ...viewsSection(properties.pretext),
    ...['train', 'evaluate', 'downstream', 'export'].flatMap(section),
    ...composition,
  ];
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

const introduction = [
  '# The config file',
  '',
  '<!-- Generated from the schema by `npm run docs`; do not edit. -->',
  '',
  'A `*.selfsup.yaml` file says what to learn from, how, and what to do with the result. `data`, `encoder` and',
  '`pretext` must be there; everything else has a default. Relative paths start from the folder of the file that',
  'contains them. Unknown keys are errors. `selfsup check <file>` reports every problem with its line.',
  '',
  '```yaml',
  'data: { images: ../data/digits }',
  'encoder: { type: convnet, width: 32 }',
  'pretext:',
  '  method: vicreg',
  '  views: { crop: [0.6, 1], rotate: 15, noise: 0.1 }',
  'train: { epochs: 20, learningRate: 2e-3 }',
  'downstream:',
  '  - { task: classification, mode: finetune, labelsPerClass: [1, 10, all] }',
  '```',
  '',
];

const composition = [
  '## `extends`',
  '',
  '`extends: base.selfsup.yaml` starts from another config (which may extend a third). Mappings are merged key by key,',
  'lists are replaced as a whole, and a key with an empty value takes the inherited one away. Choosing another',
  '`encoder.type` or `pretext.method` drops the keys that the base gives to that part; naming `images` over a base with',
  '`table` (or the other way round) drops its `data`. `name` and `sweep` are not inherited.',
  '',
  '```yaml',
  'extends: base.selfsup.yaml',
  'train: { learningRate: 0.01 }',
  '```',
  '',
  '## `sweep`',
  '',
  'Several runs from one file. `grid` makes a run of every combination, `list` one of every entry; keys are dotted.',
  'The runs are called `<name>-learningRate=0.01-...`, and each is checked like a config of its own. At most 256 runs.',
  '',
  '```yaml',
  'sweep:',
  '  grid:',
  '    train.learningRate: [0.001, 0.01]',
  '    pretext.method: [vicreg, simclr]',
  '```',
  '',
  '```yaml',
  'sweep:',
  '  list:',
  '    - { train.learningRate: 0.01, train.batchSize: 512 }',
  '    - { encoder.width: 64 }',
  '```',
  '',
  '## Live runs',
  '',
  'What a change to the file of a running run does:',
  '',
  '| changed | effect |',
  '|---|---|',
  '| comments, formatting, key order, `name` | nothing |',
  `| ${[...hotTrainKeys].map((key) => `\`${key}\``).join(', ')}, \`evaluate\` | taken over by the running run at its next step |`,
  '| `downstream`, `export` | pretraining is kept, only those stages run again |',
  '| `train.device`, `train.threads` | used when the run is next started or resumed |',
  '| `data`, `encoder`, `pretext`, `seed`, anything else of `train` | the run is stopped and a new one takes its place |',
];

interface Row {
  readonly key: string;
  readonly value: string;
  readonly standard: string;
  readonly meaning: string;
}

function keyTable(all: readonly Row[]): string[] {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [
    '| key | value | default | meaning |',
    '|---|---|---|---|',
    ...all.map(
      ({ key, value, standard, meaning }) =>
        `| \`${key}\` | ${cell(value)} | ${cell(standard)} | ${cell(meaning)} |`,
    ),
  ];
}

/** A key and, below it, the keys of the mapping that it takes. */
function rows(node: SchemaNode | undefined, key: string, required: boolean): Row[] {
  if (node === undefined) return [];
  const objects = mappingsOf(node);
  const inner = objects.flatMap((object) => children(object, key));
  const paper = node.paper === undefined ? '' : ` ([${node.paper.title}](${node.paper.url}))`;
  return [
    {
      key,
      value: `${describeNode(node)}${node.unit === undefined ? '' : ` (${node.unit})`}`,
      standard: standardOf(node, required),
      meaning: `${node.description ?? ''}${paper}`,
    },
    ...inner,
  ];
}

function children(object: SchemaNode, above: string, skip: readonly string[] = []): Row[] {
  return Object.entries(object.properties ?? {})
    .filter(([key]) => !skip.includes(key))
    .flatMap(([key, child]) =>
      rows(child, above === '' ? key : `${above}.${key}`, object.required?.includes(key) ?? false),
    );
}

function mappingsOf(node: SchemaNode): SchemaNode[] {
  if (node.type === 'array') return node.items === undefined ? [] : mappingsOf(node.items);
  const choices = choicesOf(node);
  if (choices !== undefined) return choices.flatMap(mappingsOf);
  return node.properties === undefined ? [] : [node];
}

function standardOf(node: SchemaNode, required: boolean): string {
  if (node.defaultText !== undefined) return node.defaultText;
  if (required) return '**required**';
  if (node.default === undefined) return '–';
  const isMapping = typeof node.default === 'object' && node.default !== null && !Array.isArray(node.default);
  if (isMapping && Object.keys(node.default).length === 0) return 'on, as below';
  return `\`${formatValue(node.default)}\``;
}

function sectionBody(node: SchemaNode, key: string): string[] {
  const choices = choicesOf(node);
  const kinds = node.type === 'array' ? choicesOf(node.items ?? {}) : undefined;
  if (kinds !== undefined) return kindsBody(node, kinds);
  if (choices === undefined) {
    const described =
      node.type === 'array'
        ? `${node.description ?? ''} A list; every entry takes these keys.`
        : node.description;
    return [described ?? '', '', ...keyTable(mappingsOf(node).flatMap((object) => children(object, '')))];
  }
  return [
    node.description ?? '',
    '',
    ...choices.flatMap((choice) => [
      `### \`${key}\` with \`${choice.required?.[0] ?? ''}\``,
      '',
      choice.description ?? '',
      '',
      ...keyTable(children(choice, '')),
      '',
    ]),
  ];
}

/** A list whose entries are of several kinds, told apart by one key. */
function kindsBody(node: SchemaNode, kinds: readonly SchemaNode[]): string[] {
  const tag = discriminator(kinds) ?? '';
  const nameOf = (kind: SchemaNode | undefined) => String(kind?.properties?.[tag]?.const);
  const usual = kinds.find((kind) => !kind.required?.includes(tag));
  return [
    `${node.description ?? ''} A list; \`${tag}\` says what an entry is (${nameOf(usual)} where it is not given), and the other keys belong to it.`,
    '',
    ...kinds.flatMap((kind) => [
      `### \`${tag}: ${nameOf(kind)}\``,
      '',
      kind.description ?? '',
      '',
      ...keyTable(children(kind, '', [tag])),
      '',
    ]),
  ];
}

function branch(node: SchemaNode | undefined, key: string, name: string): SchemaNode {
  return choicesOf(node ?? {})?.find((choice) => choice.properties?.[key]?.const === name) ?? {};
}

function ownKeys(node: SchemaNode, skip: readonly string[]): string[] {
  const all = children(node, '', skip);
  return all.length === 0 ? ['It has no keys of its own.'] : keyTable(all);
}

function encoderSection(encoder: EncoderDefinition, node: SchemaNode | undefined): string[] {
  const paper = encoder.paper === undefined ? '' : ` [${encoder.paper.title}](${encoder.paper.url}).`;
  return [
    `### \`type: ${encoder.type}\``,
    '',
    `${encoder.summary}${paper} For ${listWords(encoder.modalities, 'and')} data.`,
    '',
    ...ownKeys(branch(node, 'type', encoder.type), ['type']),
    '',
  ];
}

function methodOverview(): string[] {
  return [
    '| method | family | data | paper |',
    '|---|---|---|---|',
    ...Object.values(parts.methods).map(
      ({ name, family, modalities, paper }) =>
        `| [\`${name}\`](#method-${name.toLowerCase()}) | ${family} | ${modalities.join(', ')} | [${paper.title}](${paper.url}) |`,
    ),
  ];
}

function methodSection(method: Method, node: SchemaNode | undefined): string[] {
  const views =
    method.views === undefined
      ? 'It takes no `views`.'
      : Object.entries(method.views)
          .map(([modality, views]) => `Default \`views\` of ${modality} data: ${viewsText(views)}.`)
          .join(' ');
  return [
    `### \`method: ${method.name}\``,
    '',
    `${method.title}: ${method.summary} [${method.paper.title}](${method.paper.url}). ${views}`,
    '',
    ...ownKeys(branch(node, 'method', method.name), ['method', 'views']),
    '',
  ];
}

function viewsText(views: Readonly<Record<string, unknown>>): string {
  const each = Object.entries(views).map(
    ([key, value]) =>
      `${key}: ${JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ').replaceAll(':', ': ')}`,
  );
  return each.length === 0 ? 'none' : `\`${each.join(', ')}\``;
}

function viewsSection(pretext: SchemaNode | undefined): string[] {
  const views = choicesOf(pretext ?? {})
    ?.map((choice) => choice.properties?.views)
    .find((node) => node !== undefined);
  if (views === undefined) return [];
  return [
    '### `views`',
    '',
    `${views.description ?? ''} Views that are given replace all views of the method: what the file names is what is`,
    'applied, in the order below; `false` takes one away that a base config has.',
    '',
    ...keyTable(children(views, '')),
    '',
  ];
}
