import type { HealthState } from '../../server/protocol/run.ts';

/** Accuracies in percent, as the tables show them. */
export interface Scores {
  readonly knn?: number;
  readonly linear?: number;
  /** Linear probe with 1 and with 10 labels per class. */
  readonly one?: number;
  readonly ten?: number;
}

export interface Experiment {
  readonly id: string;
  readonly group: 'digits' | 'mnist' | 'collapse' | 'collapseByMethod';
  readonly title: string;
  readonly config: string;
  /** What the mean over the seeds must reach. */
  readonly bar?: Pick<Scores, 'linear' | 'ten'>;
  /** The same recipe in PyTorch: see `referenceNote`. */
  readonly reference?: Scores;
  /** Measured in the reference run: std x sqrt(d) and RankMe at the projector. */
  readonly referenceHealth?: { readonly std: number; readonly rank: number };
  /** What the verdict must say. */
  readonly verdict?: HealthState;
}

export const referenceNote =
  'Reference: a comparable recipe (same data, sizes, batch, epochs and kinds of views; its own splits and one-cycle learning rate) in PyTorch 1.13 with the loss classes of lightly; digits 3 seeds, MNIST and collapse 1 seed.';

/** The reference's numbers for what needs no pretraining. */
export const referenceControls: Readonly<
  Record<'digits' | 'mnist', { readonly rawInput: Scores; readonly randomEncoder: Scores }>
> = {
  digits: {
    rawInput: { knn: 97.8, linear: 96.8, one: 56.9, ten: 89.4 },
    randomEncoder: { knn: 95.6, linear: 95.9, one: 54.4, ten: 86.5 },
  },
  mnist: {
    rawInput: { knn: 94.4, linear: 89.8, one: 36.1, ten: 74.4 },
    randomEncoder: { knn: 90.8, linear: 87.5, one: 36.1, ten: 69.5 },
  },
};

const jointEmbedding = { linear: 98.5, ten: 93 } as const;

function accuracy(
  group: 'digits' | 'mnist',
  name: string,
  title: string,
  bar: NonNullable<Experiment['bar']>,
  reference?: Scores,
): Experiment {
  return {
    id: `${group}/${name}`,
    group,
    title,
    config: `examples/${group}/${name}.selfsup.yaml`,
    bar,
    ...(reference && { reference }),
  };
}

function collapse(
  name: string,
  title: string,
  verdict: HealthState,
  reference: Scores,
  std: number,
  rank: number,
): Experiment {
  return {
    id: `collapse/${name}`,
    group: 'collapse',
    title,
    config: `examples/digits/collapse/${name}.selfsup.yaml`,
    verdict,
    reference,
    referenceHealth: { std, rank },
  };
}

/** A short run of a method as it should be, or broken on purpose by one setting. */
function broken(config: string, title: string, verdict: HealthState): Experiment {
  const name = config.replace('digits/collapse/', '').replace('tables/collapse/', 'tables/');
  return {
    id: `collapse/${name}`,
    group: 'collapseByMethod',
    title,
    config: `examples/${config}.selfsup.yaml`,
    verdict,
  };
}

/** Everything that `npm run results` measures, in the order of the tables. */
export const experiments: readonly Experiment[] = [
  accuracy('digits', 'vicreg', 'VICReg', jointEmbedding, { knn: 97.2, linear: 99.3, one: 79.1, ten: 96.7 }),
  accuracy('digits', 'simclr', 'SimCLR', jointEmbedding, { knn: 97.5, linear: 99.1, one: 73.0, ten: 95.0 }),
  accuracy('digits', 'barlowTwins', 'Barlow Twins', jointEmbedding, {
    knn: 96.0,
    linear: 98.9,
    one: 74.0,
    ten: 94.6,
  }),
  accuracy('digits', 'byol', 'BYOL', jointEmbedding, { knn: 97.0, linear: 98.9, one: 70.8, ten: 93.9 }),
  accuracy('digits', 'simsiam', 'SimSiam', jointEmbedding, { knn: 96.8, linear: 99.2, one: 74.6, ten: 94.1 }),
  accuracy('digits', 'mocoV3', 'MoCo v3', jointEmbedding),
  accuracy('digits', 'swav', 'SwAV', jointEmbedding),
  accuracy('digits', 'dino', 'DINO', jointEmbedding),
  accuracy(
    'digits',
    'rotation',
    'Rotation',
    { linear: 97.5 },
    { knn: 94.8, linear: 97.9, one: 54.9, ten: 89.1 },
  ),
  accuracy(
    'digits',
    'autoencoder',
    'Autoencoder',
    { linear: 97.5 },
    { knn: 97.9, linear: 98.0, one: 61.9, ten: 90.8 },
  ),
  accuracy('digits', 'inpainting', 'Inpainting', { linear: 97.5 }),
  accuracy(
    'mnist',
    'vicreg',
    'VICReg',
    { linear: 97.5, ten: 89 },
    { knn: 96.0, linear: 98.0, one: 56.7, ten: 92.0 },
  ),
  accuracy(
    'mnist',
    'simclr',
    'SimCLR',
    { linear: 97, ten: 85 },
    { knn: 94.7, linear: 97.8, one: 50.2, ten: 88.3 },
  ),
  collapse('healthy', 'SimSiam as it should be', 'healthy', { linear: 98.6, ten: 93.7 }, 0.976, 25),
  collapse(
    'noStopGradient',
    'without stop-gradient',
    'dimensionalCollapse',
    { linear: 96.9, ten: 91.3 },
    0.846,
    4.2,
  ),
  collapse(
    'noNorm',
    'without normalization in the heads',
    'completeCollapse',
    { linear: 95.6, ten: 84.2 },
    0.069,
    3.6,
  ),
  collapse('neither', 'without either', 'completeCollapse', { linear: 94.4, ten: 78.8 }, 0.016, 2),
  broken('digits/collapse/byol/healthy', 'BYOL', 'healthy'),
  broken('digits/collapse/byol/noNorm', 'BYOL without normalization in the heads', 'completeCollapse'),
  broken('digits/collapse/vicreg/healthy', 'VICReg', 'healthy'),
  broken('digits/collapse/vicreg/noVariance', 'VICReg without its variance term', 'completeCollapse'),
  broken('digits/collapse/vicreg/noCovariance', 'VICReg without its covariance term', 'dimensionalCollapse'),
  broken('digits/collapse/barlowTwins/healthy', 'Barlow Twins', 'healthy'),
  broken(
    'digits/collapse/barlowTwins/noRedundancyTerm',
    'Barlow Twins without its redundancy term',
    'dimensionalCollapse',
  ),
  broken('digits/collapse/swav/healthy', 'SwAV', 'healthy'),
  broken('digits/collapse/swav/evenCodes', 'SwAV with codes that are all alike', 'completeCollapse'),
  broken('digits/collapse/dino/healthy', 'DINO', 'healthy'),
  broken('digits/collapse/dino/noCentering', 'DINO without centring', 'completeCollapse'),
  broken('digits/collapse/dino/noSharpening', 'DINO without sharpening', 'completeCollapse'),
  broken('digits/collapse/data2vec/healthy', 'data2vec', 'healthy'),
  broken('digits/collapse/data2vec/noTarget', 'data2vec whose teacher is the student', 'completeCollapse'),
  broken('tables/collapse/healthy', 'SimSiam on rows of a table', 'healthy'),
  broken(
    'tables/collapse/noStopGradient',
    'SimSiam on rows without stop-gradient and norms',
    'completeCollapse',
  ),
];
