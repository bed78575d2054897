import * as z from 'zod';
import type { Forward, Named } from '../nn/parameters.ts';
import { normalizeRows } from '../nn/rows.ts';
import { stopGradient, withoutGradient } from '../nn/stopGradient.ts';
import * as tf from '../nn/tf.ts';
import { byolMomentum } from './byol.ts';
import { causeOf } from './collapse.ts';
import { mlpHead, projectorOptions } from './heads.ts';
import { defineMethod } from './method.ts';
import {
  type CropOutputs,
  checkLocal,
  localOptions,
  multiCrop,
  swappedPrediction,
  throughCrops,
} from './multiCrop.ts';
import { needsBatch, projector } from './twoViews.ts';

/** A distribution for each row of the teacher's logits [n, size]: softmax((logits - centre) / temperature). */
export function teacherTargets(logits: tf.Tensor2D, centre: tf.Tensor, temperature: tf.Tensor): tf.Tensor2D {
  return withoutGradient(() => tf.softmax(tf.div(tf.sub(logits, centre), temperature)) as tf.Tensor2D);
}

export interface DinoTerms {
  readonly loss: tf.Scalar;
  /** Mean entropy of the teacher's distributions in nats; ln(size) when every image fits all prototypes alike. */
  readonly teacherEntropy: tf.Scalar;
  /** How many prototypes the teacher uses over the batch: the exponential of its mean distribution's entropy, 1 to size. */
  readonly usedPrototypes: tf.Scalar;
  /** How far the student's distributions are from the teacher's (Kullback-Leibler): 0 when nothing is left to learn. */
  readonly divergence: tf.Scalar;
}

/**
 * Equation 3 of https://arxiv.org/abs/2104.14294: the cross-entropy of every student's view with the teacher's
 * distribution of every other global view, on average. Student logits of all views, each row [size]; teacher
 * distributions of the global ones [batch, size].
 */
export function dinoTerms(
  student: CropOutputs,
  targets: readonly [tf.Tensor2D, tf.Tensor2D],
  temperature: number,
): DinoTerms {
  if (!(temperature > 0)) throw new Error(`DINO: temperature must be above 0, found ${temperature}.`);
  const sharpened = <T extends tf.Tensor>(logits: T): T => tf.mul(logits, 1 / temperature) as T;
  const [a, b] = student.globals;
  const loss = swappedPrediction(
    {
      globals: [sharpened(a), sharpened(b)],
      ...(student.local && { local: sharpened(student.local) }),
    },
    targets,
  );
  const teacherEntropy = withoutGradient(() => tf.mul(tf.add(entropy(targets[0]), entropy(targets[1])), 0.5));
  return {
    loss,
    teacherEntropy: teacherEntropy as tf.Scalar,
    usedPrototypes: withoutGradient(() =>
      tf.exp(entropy(tf.mean(tf.concat([...targets], 0), 0, true))),
    ) as tf.Scalar,
    divergence: tf.sub(stopGradient(loss), teacherEntropy) as tf.Scalar,
  };
}

/** Mean entropy of distributions [n, size], in nats. */
function entropy(p: tf.Tensor2D): tf.Tensor {
  return tf.neg(tf.mean(tf.sum(tf.mul(p, tf.log(tf.maximum(p, 1e-30))), 1)));
}

/** Equation 4: the centre [size] follows the mean of the teacher's logits [n, size]. */
export function movedCentre(centre: tf.Tensor, logits: tf.Tensor2D, momentum: number): tf.Tensor {
  return withoutGradient(() => tf.add(tf.mul(centre, momentum), tf.mul(tf.mean(logits, 0), 1 - momentum)));
}

const temperature = (what: string) => z.number().gt(0).max(10).describe(what);

export const dino = defineMethod({
  name: 'dino',
  title: 'DINO',
  summary:
    'A student sees large and small crops and predicts which prototypes a slowly moving teacher sees in the large ones. Centring and sharpening keep it from collapsing.',
  paper: {
    title: 'Emerging Properties in Self-Supervised Vision Transformers',
    url: 'https://arxiv.org/abs/2104.14294',
  },
  family: 'distillation',
  modalities: ['image'],
  options: z.strictObject({
    prototypes: z
      .int()
      .min(2)
      .max(65536)
      .describe('Length of the distributions; more than there are kinds of images (paper: 65536).')
      .default(256),
    temperature: temperature("Divides the student's logits, above 0 (paper: 0.1).").default(0.1),
    teacherTemperature: temperature(
      "Divides the teacher's logits. Sharpening: it must be lower than temperature, or all answers become alike (paper: 0.04, or 0.07 after a warm-up).",
    ).default(0.04),
    teacherTemperatureStart: temperature(
      "The teacher's temperature at the start, from where it rises evenly (paper: 0.04).",
    ).default(0.04),
    teacherTemperatureEpochs: z
      .number()
      .min(0)
      .max(100000)
      .describe("Epochs until the teacher's temperature has risen (paper: 30 of 300).")
      .default(10),
    centering: z
      .boolean()
      .describe(
        "Subtract the mean of the teacher's logits, so that no prototype wins every image (paper: true). False collapses: only for demonstration.",
      )
      .default(true),
    centerMomentum: z
      .number()
      .min(0)
      .max(1)
      .describe('Share of itself that this mean keeps at each step, 0 to 1 (paper: 0.9).')
      .default(0.9),
    momentum: z
      .number()
      .min(0)
      .max(1)
      .describe(
        'Share of itself that the teacher keeps at each step, at the start; it rises to 1 along a cosine (paper: 0.996; 0.99 suits short trainings).',
      )
      .default(0.99),
    frozenEpochs: z
      .number()
      .min(0)
      .max(100000)
      .describe('Epochs at the start in which the prototypes stay as they are (paper: 1).')
      .default(1),
    local: localOptions(4, '8 or 10'),
    projector: projectorOptions(
      { hidden: 256, size: 64, layers: 3, norm: 'batch' },
      '2048 and 256, 3 layers, no normalization with a vit',
    ),
  }),
  views: { image: { crop: [0.4, 1], rotate: 15, noise: 0.05 } },
  check: (context, options) => [
    ...needsBatch('dino', context.batchSize),
    ...checkLocal(context.encoder, options.local),
  ],

  build(context, options) {
    const { scope, encoder } = context;
    const { size } = options.projector;
    const count = options.prototypes;
    const head = mlpHead(scope.child('projector'), encoder.size, options.projector, { activation: 'gelu' });
    // Weight normalization with a fixed length of 1: only directions count, so they are normalized where they are read.
    const prototypes = scope
      .child('prototypes')
      .weight(
        'weight',
        [count, size],
        { kind: 'truncatedNormal', std: 1 / Math.sqrt(size) },
        { decay: false },
      );
    const centre = scope.child('center').buffer('mean', [count], { kind: 'constant', value: 0 });
    const project = projector(context, head);
    const logitsOf = (forward: Forward, x: tf.Tensor, directions: tf.Tensor2D): tf.Tensor2D =>
      tf.matMul(normalizeRows(project(forward, x)), directions, false, true);
    const crops = multiCrop(context, options.local);

    return {
      ...crops,
      inputs: {
        ...crops.inputs,
        teacherTemperature: { shape: [1], dtype: 'float32' },
        freedom: { shape: [1], dtype: 'float32' },
      },
      prepare(batch, random) {
        const { teacherTemperature: to, teacherTemperatureStart: from } = options;
        const risen = Math.min(1, batch.epoch / Math.max(options.teacherTemperatureEpochs, 1e-9));
        return {
          ...crops.prepare(batch, random),
          teacherTemperature: Float32Array.of(from + (to - from) * risen),
          freedom: Float32Array.of(batch.epoch < options.frozenEpochs ? 0 : 1),
        };
      },
      targets: ['encoder', 'projector', 'prototypes'],
      momentum: (progress) => byolMomentum(options.momentum, progress),
      loss(forward, inputs: Named<tf.Tensor>) {
        const directions = (side: Forward): tf.Tensor2D =>
          normalizeRows(side.read(prototypes) as tf.Tensor2D);
        const teacher = directions(forward.target);
        const { globals } = throughCrops({ view0: inputs.view0!, view1: inputs.view1! }, (x) =>
          logitsOf(forward.target, x, teacher),
        );
        const mean = forward.read(centre);
        const [a, b] = globals.map((logits) => teacherTargets(logits, mean, inputs.teacherTemperature!));
        if (options.centering)
          forward.write(centre, movedCentre(mean, tf.concat([...globals], 0), options.centerMomentum));

        const student = scaledGradient(directions(forward), inputs.freedom!);
        const outputs = throughCrops(inputs, (x) => logitsOf(forward, x, student));
        const { loss, ...metrics } = dinoTerms(outputs, [a!, b!], options.temperature);
        return { loss, metrics };
      },
      collapse: {
        outputs: count,
        floors: { usedPrototypes: 1.5 }, // 1 of them wins every image
        ...causeOf(
          [
            !options.centering,
            "The teacher's answers are not centred (centering: false): sharpened over and over, one prototype wins every image.",
            'Set pretext.centering: true.',
          ],
          [
            options.teacherTemperature >= options.temperature,
            "The teacher's answers are not sharpened (teacherTemperature is not below temperature): they flatten until all prototypes fit every image alike.",
            'Set pretext.teacherTemperature: 0.04, less than half of pretext.temperature.',
          ],
          [
            options.momentum < 0.5,
            'The teacher follows the student at once (low momentum): it is no steady goal.',
            'Set pretext.momentum: 0.99.',
          ],
        ),
      },
      embeddings: (forward, x) => ({ projector: project(forward, x) }),
    };
  },
});

/** The same values; the gradient is multiplied by `freedom` [1]. */
function scaledGradient(x: tf.Tensor2D, freedom: tf.Tensor): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([freedom]);
    return { value: x.clone(), gradFunc: (dy, [freedom]) => tf.mul(dy, freedom!) };
  });
  return op(x) as tf.Tensor2D;
}
