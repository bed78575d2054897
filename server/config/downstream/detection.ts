import * as z from 'zod';
import { switchedOn, viewsSchema } from '../../views/recipe.ts';
import { count } from '../meta.ts';
import { budgets, drawsKey, fineTuneKeys, taskTag } from './shared.ts';

const { controls: _controls, epochs: _epochs, ...shared } = fineTuneKeys;

/** The views that move an image and leave boxes boxes. */
const movements = viewsSchema.pick({ flip: true, crop: true, shift: true, scale: true });

export const detectionSchema = z
  .strictObject({
    task: taskTag('detection'),
    mode: z
      .enum(['finetune', 'frozen', 'lastBlocks'])
      .describe(
        'finetune trains all of the encoder, lastBlocks its last `blocks`, frozen none of it; neck and head of the detector are always trained.',
      )
      .default('finetune'),
    blocks: count(1, 'Blocks trained by mode lastBlocks, counted from the output.', 'blocks').default(1),
    images: budgets('Label budgets to compare: numbers of annotated images, or all.', 'images'),
    draws: drawsKey.draws.unwrap().default(3),
    ...shared,
    updates: count(1, 'Steps of each training, whatever the number of images.', 'steps').default(800),
    batchSize: count(1, 'Images per step.', 'images').default(16),
    stride: count(
      1,
      'Distance of the places that the detector looks at, as far as the maps of the encoder allow: half of the smallest object, or less.',
      'pixels',
    )
      .max(64)
      .default(4),
    width: count(2, 'Channels of the neck and the head of the detector.', 'channels').max(1024).default(64),
    views: (movements as z.ZodType<Record<string, unknown>, Record<string, unknown>>)
      .transform(switchedOn)
      .meta({
        description:
          'How training images are moved, their boxes with them; the list replaces the default, `{}` moves nothing. Flip only what may be seen in a mirror.',
      })
      .prefault({ shift: 0.1, scale: [0.8, 1.25] }),
    controls: z
      .boolean()
      .describe('Also train a detector on the frozen random encoder, and one from scratch.')
      .default(true),
  })
  .meta({
    title: 'detection',
    description:
      'Finds objects: a one-stage detector without anchors on the feature maps of a convnet or a vit, measured by average precision (AP, AP50). Needs `data.boxes`.',
    paper: {
      title: 'FCOS: Fully Convolutional One-Stage Object Detection',
      url: 'https://arxiv.org/abs/1904.01355',
    },
  });

export type DetectionConfig = z.output<typeof detectionSchema>;
