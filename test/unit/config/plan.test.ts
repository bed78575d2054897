import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { canonicalJson, contentHash } from '../../../server/config/hash.ts';
import { changedHash, planRun } from '../../../server/config/plan.ts';
import { printConfig } from '../../../server/config/print.ts';
import { randomAt } from '../../../server/random.ts';
import { fullText, readOne, shortText, tableText } from './samples.ts';

test('canonical JSON ignores order and undefined, and keeps everything else', () => {
  assert.equal(canonicalJson({ b: 1, a: [2, { d: undefined, c: -0 }] }), '{"a":[2,{"c":0}],"b":1}');
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
  // sha256 of {} as published everywhere
  assert.equal(contentHash({}), '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});

test('a printed config reads as the same config with the same hashes', () => {
  for (const text of [
    fullText,
    shortText,
    tableText,
    `${shortText}train: { optimizer: sgd, threads: 2 }\n`,
  ]) {
    const config = readOne(text);
    const printed = printConfig(config);
    const again = readOne(printed);
    assert.deepEqual(again, config);
    assert.deepEqual(planRun(again), planRun(config));
    assert.equal(printConfig(again), printed);
  }
  assert.match(printConfig(readOne(fullText)), /^name: digits-vicreg\nseed: 3\ndata:\n {2}images: /);
});

test('key order, comments and whitespace change no hash', () => {
  const content = parse(fullText) as Record<string, unknown>;
  const expected = planRun(readOne(fullText));
  for (let trial = 0; trial < 200; trial++) {
    const random = randomAt(trial, 'shuffle');
    const text = decorate(stringify(shuffle(content, random), { indent: 2 + random.integer(3) }), random);
    assert.deepEqual(planRun(readOne(text)), expected, text);
  }
});

function shuffle(value: unknown, random: ReturnType<typeof randomAt>): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffle(each, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    [...random.permutation(entries.length)].map((i) => {
      const [key, inner] = entries[i] as [string, unknown];
      return [key, shuffle(inner, random)];
    }),
  );
}

/** Adds comments, empty lines, spaces at line ends and Windows line ends. */
function decorate(text: string, random: ReturnType<typeof randomAt>): string {
  const end = random.chance(0.3) ? '\r\n' : '\n';
  return text
    .split('\n')
    .flatMap((line) => {
      const comment = random.chance(0.2) ? [`${' '.repeat(random.integer(6))}# epochs: 99`] : [];
      const trailing = line === '' ? '' : random.chance(0.3) ? ' # note' : ' '.repeat(random.integer(3));
      return [...comment, `${line}${trailing}`, ...(random.chance(0.2) ? [''] : [])];
    })
    .join(end);
}

test('what changes the result changes the hash; what does not, does not', () => {
  const base = planRun(readOne(fullText)).hashes.pretrain;
  const pretrain = (from: string, to: string): string => {
    assert.ok(fullText.includes(from));
    return planRun(readOne(fullText.replace(from, to))).hashes.pretrain;
  };
  for (const [from, to] of [
    ['seed: 3', 'seed: 4'],
    ['size: 28', 'size: 32'],
    ['width: 16', 'width: 8'],
    ['method: vicreg\n', 'method: vicreg\n  invariance: 10\n'],
    ['noise: 0.1', 'noise: 0.2'],
    ['epochs: 20', 'epochs: 21'],
    ['learningRate: 2e-3', 'learningRate: 3e-3'],
    ['adamw,', 'adamw, beta1: 0.8,'],
    ['data/digits', 'data/letters'],
  ] as const) {
    assert.notEqual(pretrain(from, to), base, to);
  }
  for (const [from, to] of [
    ['digits-vicreg', 'other'],
    ['device: auto', 'device: cpu, threads: 3, checkpointEvery: 5'],
    ['adamw,', 'adamw, momentum: 0.5, trust: 0.1,'],
    ['2e-3', '0.002'],
    ['size: 28', 'size: [28, 28]'],
    [', flip: false', ''],
    ['every: 1', 'every: 2'],
    ['onnx: true', 'onnx: false'],
    ['[1, 10, all]', '[5]'],
  ] as const) {
    assert.equal(pretrain(from, to), base, to);
  }
});

test('with a fingerprint the content counts, not the place', () => {
  const here = readOne(fullText);
  const there = readOne(fullText.replace('../data/digits', '/elsewhere/digits'));
  assert.equal(planRun(here, 'a').hashes.pretrain, planRun(there, 'a').hashes.pretrain);
  assert.notEqual(planRun(here, 'a').hashes.pretrain, planRun(here, 'b').hashes.pretrain);
  const smaller = readOne(fullText.replace('size: 28', 'size: 20'));
  assert.notEqual(planRun(here, 'a').hashes.pretrain, planRun(smaller, 'a').hashes.pretrain);
});

test('later stages depend on the pretraining and on their own settings only', () => {
  const base = planRun(readOne(fullText));
  const exported = planRun(readOne(fullText.replace('onnx: true', 'embeddings: csv')));
  assert.notEqual(exported.hashes.export, base.hashes.export);
  assert.equal(exported.hashes.evaluate, base.hashes.evaluate);
  assert.equal(exported.hashes.downstream, base.hashes.downstream);
  const seeded = planRun(readOne(fullText.replace('seed: 3', 'seed: 4')));
  for (const kind of ['pretrain', 'evaluate', 'downstream', 'export'] as const) {
    assert.notEqual(seeded.hashes[kind], base.hashes[kind]);
  }
});

test('a task that did not change keeps its hash beside a new one', () => {
  const base = planRun(readOne(fullText));
  const more = planRun(readOne(fullText.replace('export:', '  - { mode: linear }\nexport:')));
  assert.equal(more.downstream.length, 2);
  assert.equal(more.downstream[0], base.downstream[0]);
});

test('stages without work are not planned', () => {
  const kinds = (text: string): string[] => planRun(readOne(text)).stages.map(({ kind }) => kind);
  assert.deepEqual(kinds(fullText), ['pretrain', 'evaluate', 'downstream', 'export']);
  assert.deepEqual(kinds(`${shortText}export: { onnx: false, safetensors: false }\n`), [
    'pretrain',
    'evaluate',
  ]);
});

test('a run that was changed while it ran matches no config', () => {
  const { pretrain } = planRun(readOne(fullText)).hashes;
  const changed = changedHash(pretrain, 10, { train: { learningRate: 0.1 } });
  assert.notEqual(changed, pretrain);
  assert.notEqual(changed, changedHash(pretrain, 11, { train: { learningRate: 0.1 } }));
});

test('what regression tells is part of the pretraining, how it does so is not', () => {
  const plan = (downstream: string) => planRun(readOne(`${tableText}downstream: [${downstream}]\n`)).hashes;
  const price = plan('{ task: regression, target: price }');
  assert.notEqual(price.pretrain, plan('').pretrain);
  assert.notEqual(price.pretrain, plan('{ task: regression, target: size }').pretrain);
  const other = plan('{ task: regression, target: price, rows: 10 }');
  assert.equal(price.pretrain, other.pretrain);
  assert.notEqual(price.downstream, other.downstream);
});
