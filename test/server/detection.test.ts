import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Result } from '../../server/protocol/run.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { writeScenes } from '../support/smallScenes.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const config = (
  boxes: string,
  more = '',
): string => `data: { images: images, boxes: ${boxes}, testFraction: 0.25 }
encoder: { type: convnet, width: 4, stages: 3, size: 0 }
pretext: { method: autoencoder }
train: { epochs: 1, batchSize: 16, device: cpu, threads: 1 }
evaluate: { knn: false, linearProbe: false, preview: false }
downstream: [{ task: detection, images: [20, all], draws: 1, updates: 150, learningRate: 0.01, width: 8${more} }]
export: { onnx: false }
`;

test('a run with detection: AP beside its controls, pictures, report, the same when measured again', async (t) => {
  const cwd = temporaryFolder(t);
  await writeScenes(cwd, 48);
  writeFileSync(path.join(cwd, 'x.selfsup.yaml'), config('boxes.json'));
  const trained = await selfsup(['train', '--json', 'x.selfsup.yaml'], { cwd });
  assert.equal(trained.code, 0, trained.stderr);
  const done = trained.events.find(({ event }) => event === 'done')!;
  const results = done.results as Result[];
  const told = (list: readonly Result[]) =>
    list.map(({ metric, variant, labelsPerClass }) => `${metric} ${variant} ${labelsPerClass}`);
  assert.deepEqual(
    told(results),
    [20, 'all'].flatMap((images) =>
      ['pretrained', 'randomEncoder', 'supervised'].flatMap((variant) => [
        `ap ${variant} ${images}`,
        `ap50 ${variant} ${images}`,
      ]),
    ),
  );
  for (const { metric, value, perClass } of results) {
    assert.deepEqual(Object.keys(perClass!), ['bar', 'square']);
    const mean = (perClass!.bar! + perClass!.square!) / 2;
    assert.ok(Math.abs(mean - value) < 1e-9, `${metric} is the mean of its classes`);
  }
  const best = results.find(
    ({ metric, variant, labelsPerClass }) =>
      metric === 'ap50' && variant === 'supervised' && labelsPerClass === 'all',
  );
  assert.ok(best!.value > 0.5, `it learns to find them: ${best!.value}`);

  const steps = trained.events.filter(({ event, stage }) => event === 'task' && stage === 'downstream');
  assert.ok(
    steps.some(({ title }) => title === 'supervised: detection, all 36 annotated images, draw 1 of 1'),
  );
  const folder = String(done.folder);
  assert.deepEqual(
    readdirSync(path.join(folder, 'detections')).sort(),
    ['pretrained', 'randomEncoder', 'supervised'].flatMap((variant) => [
      `${variant}-20.png`,
      `${variant}-all.png`,
    ]),
  );
  const report = readFileSync(path.join(folder, 'report.md'), 'utf8');
  for (const { picture } of results) {
    assert.equal(readFileSync(path.join(folder, picture!)).toString('latin1', 1, 4), 'PNG');
    assert.ok(report.includes(`(${picture})`), picture);
  }
  assert.match(
    report,
    /AP50 of each class, all labels:\n\n\| class \| pretrained \| random encoder \| supervised \|/,
  );

  const again = await selfsup(['evaluate', '--json', String(done.run)], { cwd });
  assert.equal(again.code, 0, again.stderr);
  const measured = again.events.flatMap(({ event, result }) =>
    event === 'result' ? [result as Result] : [],
  );
  assert.deepEqual(told(measured), told(results));
  for (const [i, { value }] of measured.entries()) assert.ok(Math.abs(value - results[i]!.value) < 1e-9);
});

test('boxes in Pascal VOC files are those in COCO; both are named by a proposal and told by check', async (t) => {
  const cwd = temporaryFolder(t);
  await writeScenes(cwd, 48);
  const facts: unknown[] = [];
  for (const boxes of ['boxes.json', 'Annotations']) {
    writeFileSync(path.join(cwd, 'x.selfsup.yaml'), config(boxes, ', controls: false'));
    const { code, stdout } = await selfsup(['check', '--json', 'x.selfsup.yaml'], { cwd });
    assert.equal(code, 0, stdout);
    const { runs } = JSON.parse(stdout) as { runs: { data: { boxes: unknown } }[] };
    facts.push(runs[0]!.data.boxes);
  }
  assert.deepEqual(facts[0], { categories: ['bar', 'square'], train: 36, test: 12, objects: 48 });
  assert.deepEqual(facts[1], facts[0]);
  const { code, stdout } = await selfsup(['init', 'images'], { cwd });
  assert.equal(code, 0, stdout);
  const written = readdirSync(cwd).find(
    (name) => name.endsWith('.selfsup.yaml') && name !== 'x.selfsup.yaml',
  )!;
  assert.match(
    readFileSync(path.join(cwd, written), 'utf8'),
    /boxes: \.\/boxes\.json.*[\s\S]*task: detection, images: \[all\]/,
  );
});

test('boxes that do not belong to the pictures are one message', async (t) => {
  const cwd = temporaryFolder(t);
  await writeScenes(cwd, 48);
  const coco = JSON.parse(readFileSync(path.join(cwd, 'boxes.json'), 'utf8')) as {
    images: { file_name: string }[];
  };
  for (const image of coco.images) image.file_name = `other-${image.file_name}`;
  writeFileSync(path.join(cwd, 'others.json'), JSON.stringify(coco));
  writeFileSync(path.join(cwd, 'cut.json'), readFileSync(path.join(cwd, 'boxes.json')).subarray(0, 500));
  for (const [boxes, message] of [
    ['others.json', /found: +names like other-0\.png\n +expected: +names of the pictures, like 0\.png/],
    ['cut.json', /found: +a file that is cut off/],
    ['images', /found: +no XML file/],
  ] as const) {
    writeFileSync(path.join(cwd, 'x.selfsup.yaml'), config(boxes));
    const { code, stdout, stderr } = await selfsup(['check', 'x.selfsup.yaml'], { cwd });
    assert.equal(code, 2);
    assert.match(stdout + stderr, message);
    assert.match(stdout + stderr, /x\.selfsup\.yaml:1:\d+: error: data\.boxes/);
    assert.doesNotMatch(stdout + stderr, /at .*\.ts:\d/);
  }
});
