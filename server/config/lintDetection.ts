import type { Encoder } from '../encoders/encoder.ts';
import type { DataFacts } from '../protocol/trainer.ts';
import { type DetectionConfig, tasksOf } from './downstream/tasks.ts';
import type { Findings } from './findings.ts';
import type { Config } from './schema.ts';

/** Checks detection against the data and, with `facts`, the boxes that were found. */
export function lintDetection(config: Config, findings: Findings, facts: DataFacts | undefined): void {
  for (const { index, config: task } of tasksOf(config.downstream, 'detection')) {
    if (!lintBoxes(config, index, findings)) continue;
    if (facts === undefined) continue;
    lintStride(task, index, findings, facts);
    lintImages(task, index, findings, facts);
  }
}

/** Whether there are boxes to learn from and to test with. */
function lintBoxes({ data }: Config, index: number, findings: Findings): boolean {
  const remove = [{ remove: ['downstream', index] }];
  if (!('images' in data)) {
    findings.error(['downstream', index, 'task'], {
      code: 'conflict',
      message: 'detection is for images',
      found: 'other data',
      expected: 'data.images with data.boxes',
      fix: 'choose images, or remove the task',
      solve: remove,
    });
    return false;
  }
  const missing =
    data.boxes === undefined
      ? 'data.boxes'
      : data.test !== undefined && data.test.boxes === undefined
        ? 'data.test.boxes'
        : undefined;
  if (missing === undefined) return true;
  findings.error(['downstream', index, 'task'], {
    code: 'conflict',
    message: `detection needs ${missing}`,
    found: `no ${missing}`,
    expected: 'a COCO JSON file, or a folder of Pascal VOC XML files',
    fix: `set ${missing}, or remove the task`,
    solve: remove,
  });
  return false;
}

/** Detection needs features that still say where in the image they come from. */
export function lintDetectionEncoder(
  { data, downstream, encoder: { type } }: Config,
  encoder: Encoder,
  findings: Findings,
): void {
  if (encoder.stages !== undefined || encoder.tokens !== undefined || !('images' in data)) return;
  for (const { index } of tasksOf(downstream, 'detection'))
    findings.error(['downstream', index, 'task'], {
      code: 'conflict',
      message: `detection does not work on an ${type}`,
      found: `encoder.type ${type}, whose features have no place in the image`,
      expected: 'convnet or vit',
      fix: 'set encoder.type: convnet, or remove the task',
      solve: [{ set: ['encoder', 'type'], to: 'convnet' }, { remove: ['downstream', index] }],
    });
}

function lintStride(
  { stride }: DetectionConfig,
  index: number,
  findings: Findings,
  { shape }: DataFacts,
): void {
  const side = Math.min(shape[0] ?? 1, shape[1] ?? 1);
  if (stride * 2 <= side) return;
  findings.error(['downstream', index, 'stride'], {
    code: 'data',
    message: 'the detector would look at a single place',
    found: `stride ${stride} on images of ${shape[0]} x ${shape[1]}`,
    expected: `at most ${Math.max(1, Math.floor(side / 2))}; 4 is usual`,
    fix: 'set stride: 4, or a larger data.size',
    solve: [{ set: ['downstream', index, 'stride'], to: Math.min(4, Math.max(1, Math.floor(side / 2))) }],
  });
}

function lintImages(
  { images }: DetectionConfig,
  index: number,
  findings: Findings,
  { boxes }: DataFacts,
): void {
  if (boxes === undefined) return;
  const empty = boxes.train === 0 ? 'training' : boxes.test === 0 ? 'test' : undefined;
  if (empty !== undefined) {
    findings.error(['downstream', index, 'task'], {
      code: 'data',
      message: `no ${empty} image has boxes`,
      found: `boxes on ${boxes.train} training and ${boxes.test} test images`,
      expected: 'annotated images in both',
      fix:
        empty === 'test'
          ? 'set data.testFraction: 0.2, or name a data.test with boxes'
          : 'annotate images of the training set, or lower data.testFraction',
      solve: empty === 'test' ? [{ set: ['data', 'testFraction'], to: 0.2 }] : [],
    });
    return;
  }
  for (const [place, budget] of images.entries()) {
    if (budget === 'all' || budget <= boxes.train) continue;
    findings.warn(['downstream', index, 'images', place], {
      code: 'data',
      message: `there are no ${budget} annotated training images`,
      found: `${boxes.train} of them`,
      expected: `at most ${boxes.train}, or all`,
      fix: `write ${boxes.train} or less`,
      solve: [{ set: ['downstream', index, 'images', place], to: boxes.train }],
    });
  }
}
