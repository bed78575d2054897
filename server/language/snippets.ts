/** A whole section with sensible contents and the places to fill in, in the syntax that editors share. */
export interface SectionSnippet {
  readonly section: string;
  readonly label: string;
  readonly detail: string;
  readonly lines: readonly string[];
}

/** A place to fill in. */
const tab = (order: number, text: string): string => `\${${order}:${text}}`;
/** A place with a few words to choose from. */
const pick = (order: number, ...words: string[]): string => `\${${order}|${words.join(',')}|}`;

const tasks = [
  'downstream:',
  `  - { task: classification, mode: ${pick(1, 'finetune', 'linear', 'lastBlocks')}, labelsPerClass: [${tab(2, '1, 10, all')}] }`,
];

export const sectionSnippets: readonly SectionSnippet[] = [
  {
    section: 'data',
    label: 'data: images',
    detail: 'A folder of images, or an IDX, NPY or CIFAR file',
    lines: [
      'data:',
      `  images: ${tab(1, 'path/to/images')}`,
      `  testFraction: ${tab(2, '0.2')} # held out, never trained on`,
    ],
  },
  {
    section: 'data',
    label: 'data: text',
    detail: 'A folder of texts, a file with one a line, or a column of a table',
    lines: [
      'data:',
      `  text: ${tab(1, 'path/to/texts')}`,
      `  tokenizer: { train: ${pick(2, 'words', 'bpe')}, vocabulary: ${tab(3, '4000')} }`,
      `  testFraction: ${tab(4, '0.2')} # held out, never trained on`,
    ],
  },
  {
    section: 'data',
    label: 'data: images with boxes',
    detail: 'Images whose objects have boxes: a COCO file or Pascal VOC files',
    lines: [
      'data:',
      `  images: ${tab(1, 'path/to/images')}`,
      `  boxes: ${tab(2, 'path/to/boxes.json')} # around the objects on the images`,
      `  testFraction: ${tab(3, '0.2')} # held out, never trained on`,
    ],
  },
  {
    section: 'data',
    label: 'data: audio',
    detail: 'A folder of WAV, FLAC, OGG or MP3 files',
    lines: [
      'data:',
      `  audio: ${tab(1, 'path/to/recordings')}`,
      `  sampleRate: ${tab(2, '16000')} # Hz`,
      `  clip: ${tab(3, '0.96')} # seconds of a sample`,
      `  testFraction: ${tab(4, '0.2')} # held out, never trained on`,
    ],
  },
  {
    section: 'data',
    label: 'data: table',
    detail: 'A CSV, TSV, JSONL or Parquet file',
    lines: [
      'data:',
      `  table: ${tab(1, 'path/to/table.csv')}`,
      `  label: ${tab(2, 'class')} # the class; never shown to the encoder`,
      `  testFraction: ${tab(3, '0.2')} # held out, never trained on`,
    ],
  },
  {
    section: 'encoder',
    label: 'encoder: convnet',
    detail: 'For images of any kind, and sounds',
    lines: [`encoder: { type: convnet, width: ${tab(1, '32')} }`],
  },
  {
    section: 'encoder',
    label: 'encoder: vit',
    detail: 'Vision transformer, for masked methods and many images',
    lines: [`encoder: { type: vit, patch: ${tab(1, '8')} }`],
  },
  {
    section: 'encoder',
    label: 'encoder: mlp',
    detail: 'For tables',
    lines: [`encoder: { type: mlp, hidden: [${tab(1, '256, 256')}] }`],
  },
  {
    section: 'encoder',
    label: 'encoder: transformer',
    detail: 'For texts',
    lines: [`encoder: { type: transformer, width: ${tab(1, '128')}, depth: ${tab(2, '2')} }`],
  },
  {
    section: 'pretext',
    label: 'pretext: views of images',
    detail: 'Two views of a picture should mean the same',
    lines: [
      'pretext:',
      `  method: ${pick(1, 'vicreg', 'simclr', 'byol', 'simsiam', 'barlowTwins')}`,
      `  views: { crop: [${tab(2, '0.6, 1')}], flip: ${pick(3, 'true', 'false')} } # what must not change the meaning`,
    ],
  },
  {
    section: 'pretext',
    label: 'pretext: masked images',
    detail: 'Restores hidden patches; needs encoder type vit',
    lines: ['pretext:', '  method: mae', `  maskRatio: ${tab(1, '0.75')}`],
  },
  {
    section: 'pretext',
    label: 'pretext: masked words',
    detail: 'Guesses hidden words; needs texts and encoder type transformer',
    lines: [
      'pretext:',
      '  method: mlm',
      `  maskRatio: ${tab(1, '0.3')} # of short texts and in small networks more than the 0.15 of the paper`,
    ],
  },
  {
    section: 'pretext',
    label: 'pretext: views of sounds',
    detail: 'Two stretches of a recording should mean the same',
    lines: [
      'pretext:',
      `  method: ${pick(1, 'cola', 'vicreg', 'simclr', 'byol')} # what may change without changing the meaning: views`,
    ],
  },
  {
    section: 'pretext',
    label: 'pretext: table rows',
    detail: 'Corrupted rows; needs a table',
    lines: [`pretext: { method: ${pick(1, 'scarf', 'vime', 'autoencoder', 'denoising')} }`],
  },
  {
    section: 'train',
    label: 'train: with warm-up',
    detail: 'Epochs, batch and learning rate',
    lines: [
      'train:',
      `  epochs: ${tab(1, '100')}`,
      `  batchSize: ${tab(2, '256')}`,
      `  learningRate: ${tab(3, '0.001')}`,
      `  warmupEpochs: ${tab(4, '10')}`,
      '  device: auto',
    ],
  },
  {
    section: 'evaluate',
    label: 'evaluate: kNN and linear probe',
    detail: 'How the representation is judged while it trains',
    lines: [
      'evaluate:',
      `  every: ${tab(1, '1')}`,
      `  knn: { k: ${tab(2, '20')} }`,
      `  linearProbe: ${pick(3, 'true', 'false')}`,
    ],
  },
  {
    section: 'downstream',
    label: 'downstream: classification',
    detail: 'What few labels are good for, with and without pretraining',
    lines: tasks,
  },
  {
    section: 'downstream',
    label: 'downstream: detection',
    detail: 'Objects found with few annotated images, with and without pretraining; needs data.boxes',
    lines: [
      'downstream:',
      `  - { task: detection, mode: ${pick(1, 'finetune', 'frozen', 'lastBlocks')}, images: [${tab(2, '50, 200, all')}] }`,
    ],
  },
  {
    section: 'downstream',
    label: 'downstream: regression',
    detail: 'A number told from few labelled rows, with and without pretraining; needs a table',
    lines: [
      'downstream:',
      `  - { task: regression, target: ${tab(1, 'column')}, rows: [${tab(2, '10, 50, all')}] }`,
    ],
  },
  {
    section: 'export',
    label: 'export: files to take away',
    detail: 'ONNX, safetensors, embeddings',
    lines: [
      'export:',
      `  onnx: ${pick(1, 'true', 'false')}`,
      `  safetensors: ${pick(2, 'true', 'false')}`,
      `  embeddings: ${pick(3, 'none', 'npy', 'csv')}`,
    ],
  },
  {
    section: 'sweep',
    label: 'sweep: grid',
    detail: 'A run for every combination',
    lines: ['sweep:', '  grid:', `    ${tab(1, 'train.learningRate')}: [${tab(2, '0.001, 0.01')}]`],
  },
];

/** A snippet as the text it has before anything is filled in. */
export function snippetText(snippet: string): string {
  return snippet
    .replace(/\$\{\d+\|([^,|}]*)[^}]*\|\}/g, '$1')
    .replace(/\$\{\d+:((?:[^}\\]|\\.)*)\}/g, '$1')
    .replace(/\$\d+|\$\{\d+\}/g, '')
    .replace(/\\([$}\\])/g, '$1');
}

/** Text that a snippet shows as it is. */
export function escapeSnippet(text: string): string {
  return text.replace(/[$}\\]/g, '\\$&');
}
