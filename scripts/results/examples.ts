import type { Result, Variant } from '../../server/protocol/run.ts';

/** One number of a run: which result, in percent for accuracies and average precisions. */
export type Wanted = Pick<Result, 'metric' | 'variant' | 'labelsPerClass'> &
  Partial<Pick<Result, 'fitted' | 'target'>>;

/** What an example must reach, as a mean over its seeds. */
export interface Bar {
  readonly what: string;
  /** The best of these ... */
  readonly of: readonly Wanted[];
  /** ... or how far it is above the best of these. */
  readonly over?: readonly Wanted[];
  /** In percent or points; `above` for R². */
  readonly least: number;
  /** Met as well when the report says in words that pretraining did not pay. */
  readonly orSaid?: true;
}

/** A config of an example folder, trained with the seeds 0, 1 and 2. */
export interface Example {
  /** `<folder>/<name>`: examples/<folder>/<name>.selfsup.yaml */
  readonly id: string;
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** A folder of examples with what stands above its numbers. */
export interface ExampleGroup {
  readonly folder: string;
  readonly title: string;
  readonly about: string;
  /** A script that makes its data, run before it is measured. */
  readonly prepare?: string;
  readonly examples: readonly Example[];
}

export const seeds: readonly number[] = [0, 1, 2];

const probe = (variant: Variant, labelsPerClass: Result['labelsPerClass']): Wanted => ({
  metric: 'linearProbe',
  variant,
  labelsPerClass,
});
const tuned = (variant: Variant, labelsPerClass: Result['labelsPerClass']): Wanted => ({
  metric: 'finetune',
  variant,
  labelsPerClass,
});

const found = (variant: Variant, images: number): Wanted => ({
  metric: 'ap50',
  variant,
  labelsPerClass: images,
});

/** Frozen or fine-tuned, whichever is better, above raw pixels with the same labels. */
function overPixels(labels: number): Bar {
  return {
    what: `${labels} labels per class: the best after pretraining over raw pixels`,
    of: [probe('pretrained', labels), tuned('pretrained', labels)],
    over: [probe('rawInput', labels)],
    least: 5,
  };
}

/** Every folder of examples: adding one is an entry here. */
export const exampleGroups: readonly ExampleGroup[] = [
  {
    folder: 'images',
    title: 'Images',
    about:
      '3,000 pictures of clothes from Fashion-MNIST without labels, 1,000 to test on. Logistic regression on pictures of 14 x 14 pixels reached 64 % with 5 labels per class and 76 % with 20.',
    examples: [{ id: 'images/fewLabels', title: 'Fashion-MNIST', bars: [overPixels(5), overPixels(20)] }],
  },
  {
    folder: 'tables',
    title: 'Tables',
    about:
      'Letter recognition: 20,000 rows of 16 numbers, 26 letters. Penguins: 344 rows of mixed types with missing values, from JSON; their body mass is told from the rest.',
    examples: [
      {
        id: 'tables/letters',
        title: 'Letter recognition',
        bars: [
          {
            what: '20 labels per class: the linear probe over raw features',
            of: [probe('pretrained', 20)],
            over: [probe('rawInput', 20)],
            least: 0,
            orSaid: true,
          },
        ],
      },
      { id: 'tables/penguins', title: 'Penguins: species', bars: [] },
      { id: 'tables/bodyMass', title: 'Penguins: body mass', bars: [] },
    ],
  },
  {
    folder: 'text',
    title: 'Text',
    about:
      '12,000 definitions of nouns from WordNet, 8 topics, 2,400 of them to test on. Naive Bayes on their words reached 57 % with 20 labels per topic and 87 % with all.',
    examples: [
      {
        id: 'text/wordnet',
        title: 'WordNet',
        bars: [
          {
            what: '20 labels per topic: fine-tuned after pretraining over the same encoder from scratch',
            of: [tuned('pretrained', 20)],
            over: [tuned('supervised', 20)],
            least: 8,
          },
        ],
      },
    ],
  },
  {
    folder: 'audio',
    title: 'Audio',
    about:
      '350 announcements of one second by five speakers, 70 of them to test on. Logistic regression on the mean of each mel band reached 74 % with 5 labels per voice, 92 % with 20 and 93 % with all.',
    examples: [
      {
        id: 'audio/voices',
        title: 'Five voices',
        bars: [
          {
            what: '5 labels per voice: fine-tuned after pretraining over the same encoder from scratch',
            of: [tuned('pretrained', 5)],
            over: [tuned('supervised', 5)],
            least: 5,
          },
        ],
      },
    ],
  },
  {
    folder: 'detection',
    title: 'Object detection',
    about:
      'Handwritten digits on textures, composed on the machine: 2,000 scenes to pretrain on without boxes, 50 and 200 of them annotated, 400 to test on with digits that appear in no other.',
    prepare: 'examples/detection/make-scenes.mjs',
    examples: [
      {
        id: 'detection/rotation',
        title: 'Digits on textures',
        bars: [
          { what: 'AP50 with 200 annotated scenes', of: [found('pretrained', 200)], least: 80 },
          {
            what: 'AP50 with 50 annotated scenes over the same detector from scratch',
            of: [found('pretrained', 50)],
            over: [found('supervised', 50)],
            least: 0,
          },
        ],
      },
    ],
  },
];

export const examples: readonly Example[] = exampleGroups.flatMap((group) => group.examples);

export const configOf = ({ id }: Pick<Example, 'id'>): string => `examples/${id}.selfsup.yaml`;
