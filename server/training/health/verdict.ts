import type { CollapseSigns } from '../../methods/collapse.ts';
import type { Method } from '../../methods/method.ts';
import type { HealthState, Verdict } from '../../protocol/run.ts';
import { collapseCause } from './causes.ts';
import { atLogPlateau } from './plateau.ts';

/** What was measured on the outputs of one layer, on plain samples. */
export interface LayerHealth {
  /** `stdOfNormalized`: about 1 when spread, 0 when collapsed. */
  readonly std: number;
  /** RankMe. */
  readonly rank: number;
  /** Length of the vectors. */
  readonly size: number;
  /** Samples that the rank was measured on. */
  readonly samples: number;
}

/** The same accuracy (0..1, on the test split) for the pretrained encoder and for the controls. */
export interface Comparison {
  readonly pretrained: number;
  readonly rawInput: number;
  readonly randomEncoder?: number;
}

export interface VerdictInput {
  /** Methods without a projector are judged by `encoder`; otherwise the encoder hides collapse and is not used. */
  readonly layers: {
    readonly encoder?: LayerHealth;
    readonly projector?: LayerHealth;
    readonly predictor?: LayerHealth;
    readonly rawInput?: LayerHealth;
  };
  readonly family?: Method['family'];
  /** Statistics over a batch cannot shape more directions than it has samples. */
  readonly batchSize?: number;
  /** Mean loss of each epoch so far. */
  readonly losses?: readonly number[];
  /** The method's own signs of a collapse, and the last value of each of its metrics. */
  readonly signs?: CollapseSigns | undefined;
  readonly metrics?: Readonly<Record<string, number>>;
  /** Share of the planned training that is done, 0..1. */
  readonly progress?: number;
  /** Linear probe with all labels, and with few; kNN is shown but decides nothing: raw input is hard to beat there. */
  readonly linearProbe?: Comparison;
  readonly fewLabels?: Comparison & { readonly labelsPerClass: number };
  readonly knn?: Comparison;
}

/** Below this spread (times sqrt(d)) at the projector or predictor there is one point left, or nearly. */
const collapsedStd = 0.25;
/** Encoder features may share a large mean (ReLU, sigmoid): only a spread this small is a collapse there. */
const collapsedEncoderStd = 0.02;
/** Evaluations in a row whose loss stands still before that is a verdict. */
const plateauWindow = 3;
/** Before this share of the training a low rank is a common start, not a verdict. */
const earlyProgress = 0.1;

/**
 * The smallest rank that counts as healthy at the projector: 0.9 sqrt(limit), with `limit` the smallest of
 * dimension, samples and batch - 10.2 for the usual 128 - and never more than half of the rank that the raw input
 * has itself. Between the measured extremes: SimSiam on digits has rank 25 of 128 when healthy and 4.2 without
 * stop-gradient, where the spread (0.85) shows nothing.
 */
export function healthyRank(layer: LayerHealth, batchSize = Infinity, rawRank = Infinity): number {
  const limit = Math.min(layer.size, layer.samples, batchSize);
  return Math.max(1.2, Math.min(0.9 * Math.sqrt(limit), rawRank / 2));
}

/**
 * Names the state of a representation, with the cause and the fix. Order of the decision: not measurable, complete
 * collapse, dimensional collapse, not better than the raw input, healthy. Without an accuracy to compare, `healthy`
 * means "not collapsed" and says so.
 */
export function verdict(input: VerdictInput): Verdict {
  const losses = input.losses ?? [];
  const numbers = Object.values(input.layers).flatMap((layer) => [layer.std, layer.rank]);
  if ([...losses, ...numbers].some((value) => !Number.isFinite(value))) {
    return {
      state: 'unknown',
      summary:
        'The loss or the features are not finite numbers any more; the representation cannot be judged.',
      cause:
        'The training diverged: usually a learning rate that is too high, or values far from 0 in the data.',
      fix: 'Lower train.learningRate by 3 to 10 times, add train.warmupEpochs, or set train.clipNorm: 1.',
    };
  }
  const collapse = findCollapse(input);
  if (collapse !== undefined) {
    if ((input.progress ?? 1) < earlyProgress) {
      return {
        state: 'unknown',
        summary: `It is too early to tell: most trainings begin with embeddings this alike (${collapse.measured}).`,
      };
    }
    return {
      state: collapse.state,
      summary: collapse.summary + flatteringLoss(losses),
      ...(input.signs?.cause ?? collapseCause(collapse.state, input.family)),
    };
  }
  const layer = judgedLayer(input);
  const spread = layer && describe(layer.name, layer.health);
  const compared = compareWithRawInput(input, spread);
  if (compared !== undefined) return compared;
  if (spread === undefined) return { state: 'unknown', summary: 'Nothing has been measured yet.' };
  return {
    state: 'healthy',
    summary: `Not collapsed (${spread}). Whether it beats the raw input is not known: that takes labels and a linear probe.`,
    spread,
  };
}

/**
 * The verdict on a representation that is not collapsed, from its accuracies alone; none without any.
 * @param spread the numbers that show that it is not collapsed
 */
export function compareWithRawInput(
  input: Pick<VerdictInput, 'linearProbe' | 'fewLabels' | 'knn' | 'progress'>,
  spread: string | undefined,
): Verdict | undefined {
  const comparison = compare(input);
  if (comparison === undefined) return undefined;
  const measured = spread === undefined ? {} : { spread };
  if (!comparison.better) {
    return {
      state: 'notBeatingRawInput',
      summary: `${comparison.summary}${spread === undefined ? '' : ` It is not collapsed (${spread}).`}`,
      cause:
        (input.progress ?? 1) < 0.5
          ? 'The training is still young, or the pretext task can be solved without learning what tells the classes apart.'
          : 'The pretext task can be solved without learning what tells the classes apart, the training was too short, or the data is simple enough that its raw values already suffice.',
      fix: 'Train for more epochs, make the views or the mask harder, or try another method; compare with few labels per class, where pretraining pays most.',
      ...measured,
    };
  }
  return {
    state: 'healthy',
    summary: `${comparison.summary}${spread === undefined ? '' : ` Not collapsed (${spread}).`}`,
    ...measured,
  };
}

/** Why a probe for numbers may do no better than on raw input, and what to change. */
export const notBeating = {
  cause:
    'The pretext task can be solved without learning what the target depends on, the training was too short, or the data is simple enough that its raw values already suffice.',
  fix: 'Train for more epochs, make the corruption harder, or try another method; compare with few labelled rows, where pretraining pays most.',
};

interface Collapse {
  readonly state: HealthState & ('completeCollapse' | 'dimensionalCollapse');
  readonly summary: string;
  /** The numbers that show it. */
  readonly measured: string;
}

/** The loss or a metric that only a collapse makes: some methods collapse where the spread of no layer shows it. */
function ownSign({ signs, losses = [], metrics = {} }: VerdictInput): string | undefined {
  const outputs = signs?.outputs;
  if (outputs !== undefined && atLogPlateau(losses, outputs, { window: plateauWindow }))
    return `the loss has frozen at ln(${outputs}) = ${Math.log(outputs).toFixed(3)}, where every sample gets the same even answer`;
  for (const [name, floor] of Object.entries(signs?.floors ?? {})) {
    const value = metrics[name];
    if (value !== undefined && value < floor) return `${name} ${value.toPrecision(2)}, below ${floor}`;
  }
  return undefined;
}

function findCollapse(input: VerdictInput): Collapse | undefined {
  const { layers, batchSize, family } = input;
  const { encoder, projector, predictor, rawInput } = layers;
  const heads = [
    { name: 'projector', health: projector },
    { name: 'predictor', health: predictor },
  ].filter((layer): layer is NamedLayer => layer.health !== undefined);
  const sign = ownSign(input);
  if (sign !== undefined) {
    const layer = judgedLayer(input);
    const measured = layer === undefined ? sign : `${sign}; ${describe(layer.name, layer.health)}`;
    return {
      state: 'completeCollapse',
      summary: `Complete collapse: nearly all samples get the same answer (${measured}).`,
      measured,
    };
  }
  if (heads.length === 0) return encoder === undefined ? undefined : encoderCollapse(encoder, family);
  for (const { name, health } of heads) {
    if (health.std < collapsedStd) {
      return {
        state: 'completeCollapse',
        summary: `Complete collapse: nearly all samples map to the same point (${describe(name, health)}).`,
        measured: describe(name, health),
      };
    }
  }
  for (const { name, health } of heads) {
    // A predictor passes through a bottleneck: fewer directions are enough.
    const needed = healthyRank(health, batchSize, rawInput?.rank) * (name === 'predictor' ? 1 / 3 : 1);
    if (health.rank < needed) {
      return {
        state: 'dimensionalCollapse',
        summary: `Dimensional collapse: the embeddings use few of their directions (${describe(name, health)}; at least ${needed.toFixed(1)} expected). Their spread looks normal, so it hides this.`,
        measured: describe(name, health),
      };
    }
  }
  return undefined;
}

/** Reconstruction and the like: features near a single point, or along a single line through 0. */
function encoderCollapse(encoder: LayerHealth, family: VerdictInput['family']): Collapse | undefined {
  const limit = Math.min(encoder.size, encoder.samples);
  if (encoder.std < collapsedEncoderStd) {
    const dead =
      family === 'reconstruction' || family === 'masking' ? ' It can only reproduce an average.' : '';
    return {
      state: 'completeCollapse',
      summary: `Complete collapse: the encoder gives nearly the same features for all samples (${describe('encoder', encoder)}).${dead}`,
      measured: describe('encoder', encoder),
    };
  }
  if (limit > 4 && encoder.rank < 1 + 0.01 * (limit - 1)) {
    return {
      state: 'dimensionalCollapse',
      summary: `Dimensional collapse: the encoder's features lie close to a line (${describe('encoder', encoder)}).`,
      measured: describe('encoder', encoder),
    };
  }
  return undefined;
}

interface NamedLayer {
  readonly name: string;
  readonly health: LayerHealth;
}

function judgedLayer({ layers }: VerdictInput): NamedLayer | undefined {
  if (layers.projector !== undefined) return { name: 'projector', health: layers.projector };
  if (layers.predictor !== undefined) return { name: 'predictor', health: layers.predictor };
  return layers.encoder === undefined ? undefined : { name: 'encoder', health: layers.encoder };
}

function describe(name: string, health: LayerHealth): string {
  return `${name}: std x sqrt(d) ${health.std.toFixed(3)}, RankMe ${health.rank.toFixed(1)} of ${Math.min(health.size, health.samples)}`;
}

/** The trap of these methods: collapse is the easiest way to a good loss. */
function flatteringLoss(losses: readonly number[]): string {
  const last = losses.at(-1);
  const first = losses[0];
  if (last === undefined || first === undefined || losses.length < 2 || last >= first) return '';
  return ` The loss fell from ${first.toPrecision(3)} to ${last.toPrecision(3)}, but it rewards this collapse: do not read it as progress.`;
}

/** Better when the advantages with all labels and with few add up to more than 0: few is where pretraining pays first. */
function compare({
  linearProbe,
  fewLabels,
  knn,
}: Pick<VerdictInput, 'linearProbe' | 'fewLabels' | 'knn'>):
  | { better: boolean; summary: string }
  | undefined {
  const parts: { text: string; pretrained: number; rawInput: number }[] = [];
  if (linearProbe !== undefined) parts.push({ text: 'the linear probe', ...linearProbe });
  if (fewLabels !== undefined) {
    const text = `${fewLabels.labelsPerClass} label${fewLabels.labelsPerClass === 1 ? '' : 's'} per class`;
    parts.push({ text, ...fewLabels });
  }
  if (parts.length === 0) return undefined;
  const better = parts.reduce((sum, part) => sum + part.pretrained - part.rawInput, 0) > 0;
  const shown = knn === undefined ? parts : [...parts, { text: 'kNN', ...knn }];
  const numbers = shown
    .map((part) => `${percent(part.pretrained)} against ${percent(part.rawInput)} with ${part.text}`)
    .join(', ');
  const probes = [linearProbe, fewLabels].filter((probe) => probe?.randomEncoder !== undefined);
  const added = probes.reduce((sum, probe) => sum + probe!.pretrained - probe!.randomEncoder!, 0);
  const untrained =
    probes.length > 0 && added <= 0
      ? ` An untrained encoder reaches ${probes.map((probe) => percent(probe!.randomEncoder!)).join(' and ')}: the pretraining added nothing.`
      : '';
  return {
    better,
    summary: `${better ? 'It beats the raw input' : 'It does not beat the raw input'}: ${numbers}.${untrained}`,
  };
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
