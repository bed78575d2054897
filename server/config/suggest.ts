/** Words that people bring from other tools, and what they are called here. Written without case, _ and -. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  lr: ['learningRate'],
  baselr: ['learningRate'],
  minlr: ['minLearningRate'],
  wd: ['weightDecay'],
  decay: ['weightDecay'],
  bs: ['batchSize'],
  batch: ['batchSize'],
  epoch: ['epochs'],
  numepochs: ['epochs'],
  nepochs: ['epochs'],
  maxepochs: ['epochs'],
  steps: ['epochs'],
  maxsteps: ['epochs'],
  warmup: ['warmupEpochs'],
  warmupsteps: ['warmupEpochs'],
  gradclip: ['clipNorm'],
  clip: ['clipNorm'],
  clipgrad: ['clipNorm'],
  maxgradnorm: ['clipNorm'],
  gradaccumulation: ['accumulate'],
  accumulationsteps: ['accumulate'],
  optim: ['optimizer'],
  scheduler: ['schedule'],
  lrschedule: ['schedule'],
  lrscheduler: ['schedule'],
  gpu: ['device', 'auto'],
  resnet: ['convnet'],
  cnn: ['convnet'],
  conv: ['convnet'],
  transformer: ['vit'],
  dae: ['denoising'],
  numpy: ['npy'],
  number: ['numeric'],
  float: ['numeric'],
  category: ['categorical'],
  probe: ['linear', 'linearProbe'],
  accelerator: ['device'],
  numthreads: ['threads'],
  workers: ['threads'],
  eps: ['epsilon'],
  temp: ['temperature'],
  tau: ['temperature'],
  dataset: ['data'],
  datasets: ['data'],
  model: ['encoder'],
  backbone: ['encoder'],
  network: ['encoder'],
  arch: ['type', 'encoder'],
  kind: ['type'],
  ssl: ['pretext'],
  method: ['method', 'pretext'],
  pretrain: ['pretext'],
  pretraining: ['pretext'],
  training: ['train'],
  evaluation: ['evaluate'],
  eval: ['evaluate'],
  finetune: ['downstream'],
  finetuning: ['downstream'],
  augment: ['views'],
  augmentation: ['views'],
  augmentations: ['views'],
  transforms: ['views'],
  image: ['images'],
  path: ['images', 'table'],
  folder: ['images'],
  dir: ['images'],
  csv: ['table'],
  tabular: ['table'],
  file: ['table', 'images'],
  label: ['label', 'labels'],
  labels: ['labels', 'label'],
  target: ['label', 'labels'],
  imagesize: ['size'],
  testsplit: ['testFraction'],
  valsplit: ['testFraction'],
  testsize: ['testFraction'],
  validation: ['test'],
  val: ['test'],
  include: ['extends'],
  base: ['extends'],
  inherits: ['extends'],
  randomseed: ['seed'],
  randomcrop: ['crop'],
  randomresizedcrop: ['crop'],
  hflip: ['flip'],
  horizontalflip: ['flip'],
  jitter: ['colorJitter'],
  colourjitter: ['colorJitter'],
  grayscale: ['gray'],
  grey: ['gray'],
  gaussianblur: ['blur'],
  rotation: ['rotate', 'rotation'],
  patchsize: ['patch'],
  maskratio: ['ratio', 'maskRatio'],
};

function plain(word: string): string {
  return word.toLowerCase().replace(/[_\s-]/g, '');
}

/** The known word that was most likely meant, or undefined when none is near. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const same = sameWord(word, known);
  if (same !== undefined) return same;
  const wanted = plain(word);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance && distance < Math.max(wanted.length, candidate.length)) {
      [best, bestDistance] = [candidate, distance];
    }
  }
  if (best !== undefined) return best;
  const long = wanted.length >= 4 ? known.filter((candidate) => plain(candidate).startsWith(wanted)) : [];
  return long.length === 1 ? long[0] : undefined;
}

/** The known word that differs only in case, `_` and `-`, or that this is another tool's name for. */
export function sameWord(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word);
  const spelled = known.find((candidate) => plain(candidate) === wanted);
  const names = Object.hasOwn(aliases, wanted) ? (aliases[wanted] ?? []) : [];
  return spelled ?? names.find((name) => known.includes(name));
}

/** Edits between two words: insert, delete, replace, or swap two neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  const distance = new Int32Array((a.length + 1) * width);
  for (let i = 0; i <= a.length; i++) distance[i * width] = i;
  for (let j = 0; j <= b.length; j++) distance[j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const at = i * width + j;
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(
        distance[at - width]! + 1,
        distance[at - 1]! + 1,
        distance[at - width - 1]! + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, distance[at - 2 * width - 2]! + 1);
      }
      distance[at] = least;
    }
  }
  return distance[a.length * width + b.length]!;
}
