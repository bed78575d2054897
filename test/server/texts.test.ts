import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { TextBlock } from '../../server/protocol/pretextPreview.ts';
import type { EmbeddingMap } from '../../server/protocol/runView.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const things = ['red apple', 'green pear', 'sweet plum', 'ripe cherry'];
const places = ['high hill', 'wide river', 'deep lake', 'old forest'];

/** Two topics whose words never meet. */
function writeTexts(folder: string): void {
  const rows = Array.from({ length: 120 }, (_, i) => {
    const [topic, words] = i % 2 ? (['fruit', things] as const) : (['place', places] as const);
    const pick = (k: number): string => words[(i * 7 + k * 3 + (i >> 2)) % words.length]!;
    return `${topic}\t${pick(0)} near ${pick(1)} and ${pick(2)}`;
  });
  writeFileSync(path.join(folder, 'texts.tsv.gz'), gzipSync(rows.join('\n')));
}

const config = `name: topics
data: { text: texts.tsv.gz, header: false, column: 2, label: 1, tokenizer: { train: words, vocabulary: 300 } }
encoder: { type: transformer, width: 16, depth: 1, heads: 2 }
pretext: { method: mlm, maskRatio: 0.3 }
train: { epochs: 6, batchSize: 16, learningRate: 5e-3, warmupEpochs: 1, device: cpu, threads: 1 }
evaluate: { every: 3, preview: { every: 3, samples: 3 } }
downstream: [{ task: classification, labelsPerClass: [2], draws: 2, epochs: 5 }]
export: { onnx: true, safetensors: true }
`;

describe('texts, from the command line', () => {
  it('are previewed, trained, judged beside a bag of words, embedded and exported', async (t) => {
    const cwd = temporaryFolder(t);
    writeTexts(cwd);
    writeFileSync(path.join(cwd, 'topics.selfsup.yaml'), config);

    const preview = await selfsup(['preview', 'topics.selfsup.yaml', '-n', '2'], { cwd });
    assert.equal(preview.code, 0, preview.stderr);
    assert.match(preview.stdout, /^Masked language model \(maskRatio 0\.3\) on the first 2 samples/);
    assert.match(preview.stdout, / seen +.*\[mask\]/);
    assert.match(preview.stdout, / the untrained network +.*\(\d+ %\)/);
    assert.ok(!existsSync(path.join(cwd, 'topics.preview.png')));

    const trained = await selfsup(['train', 'topics.selfsup.yaml'], { cwd });
    assert.equal(trained.code, 0, trained.stderr + trained.stdout);
    assert.match(trained.stdout, /120 texts in 2 classes \(TSV\), \d+ tokens each \(\d+ words learnt from/);
    assert.match(trained.stdout, /fine-tune, 2 per class/);
    const runs = path.join(cwd, '.selfsup/runs');
    const run = path.join(runs, readdirSync(runs)[0]!);

    const shown = readdirSync(path.join(run, 'previews')).sort();
    assert.deepEqual(
      shown.map((name) => path.extname(name)),
      ['.json', '.json'],
    );
    const read = (name: string): TextBlock =>
      JSON.parse(readFileSync(path.join(run, 'previews', name), 'utf8')) as TextBlock;
    const [first, last] = [read(shown[0]!), read(shown[1]!)];
    assert.equal(first.texts.length, 3);
    const pieces = (block: TextBlock, title: string): string =>
      block.texts
        .map(({ lines }) =>
          lines
            .find((each) => each.title === title)!
            .pieces.map(({ text }) => text)
            .join(''),
        )
        .join();
    assert.equal(pieces(first, 'seen'), pieces(last, 'seen'), 'the same texts with the same masks');
    assert.notDeepEqual(first, last);

    const report = readFileSync(path.join(run, 'report.md'), 'utf8');
    assert.match(report, /tf-idf of the 2,000 most frequent words of the training split/);
    assert.match(report, /\| seen \| .*\*\*\\\[mask\\\]\*\*/);
    assert.match(report, /[✓✗]\*\*\w+\*\* \(\d+ %\)/);

    const exported = readdirSync(path.join(run, 'export')).sort();
    assert.deepEqual(exported, ['encoder.onnx', 'encoder.safetensors', 'tokenizer.json']);
    const { model } = JSON.parse(readFileSync(path.join(run, 'export/tokenizer.json'), 'utf8')) as {
      model: { vocab: Record<string, number> };
    };
    assert.ok('near' in model.vocab);

    const maps = readdirSync(path.join(run, 'embeddings')).filter((name) => name.startsWith('map-'));
    const map = JSON.parse(readFileSync(path.join(run, 'embeddings', maps.at(-1)!), 'utf8')) as EmbeddingMap;
    assert.match(map.samples[0]!.name, /^line \d+$/);
    assert.match(map.samples[0]!.text!, /\w+ \w+/, 'what a point of the map says');

    writeFileSync(path.join(cwd, 'more.tsv'), 'x\ta ripe cherry\ny\tan old forest\n');
    const again = await selfsup(
      ['embed', path.basename(run), '--input', 'more.tsv', '--format', 'csv', '-o', 'out'],
      { cwd },
    );
    assert.equal(again.code, 0, again.stderr);
    const rows = readFileSync(path.join(cwd, 'out/embeddings.csv'), 'utf8').trim().split('\n');
    assert.equal(rows.length, 3);
    assert.match(rows[1]!, /^line 1,/);
  });

  it('causal, denoising and contrastive methods train on bytes', async (t) => {
    const cwd = temporaryFolder(t);
    writeFileSync(path.join(cwd, 'lines.txt'), `${[...things, ...places].join('\n')}\n`.repeat(6));
    for (const [name, attention, pretext] of [
      ['clm', 'causal', '{ method: clm }'],
      ['tsdae', 'full', '{ method: tsdae, mask: 0.2, shuffle: 2 }'],
      ['simcse', 'full', '{ method: simcse }'],
      ['denoising', 'full', '{ method: denoising }'],
    ]) {
      writeFileSync(
        path.join(cwd, `${name}.selfsup.yaml`),
        `data: { text: lines.txt }
encoder: { type: transformer, width: 16, depth: 1, heads: 4, positions: rotary, attention: ${attention} }
pretext: ${pretext}
train: { epochs: 2, batchSize: 8, device: cpu, threads: 1 }
evaluate: { linearProbe: false, knn: false, samples: 30 }
`,
      );
      const { code, stdout, stderr } = await selfsup(['train', `${name}.selfsup.yaml`], { cwd });
      assert.equal(code, 0, `${name}: ${stderr}${stdout}`);
      assert.match(stdout, /48 texts \(lines\), \d+ tokens each \(bytes\)/);
    }
  });

  it('a preview says what is done to the tokens, and shows what the student of data2vec sees', async (t) => {
    const cwd = temporaryFolder(t);
    writeTexts(cwd);
    const preview = async (pretext: string): Promise<string> => {
      const file = 'topics.selfsup.yaml';
      writeFileSync(path.join(cwd, file), config.replace(/^pretext: .*$/m, `pretext: ${pretext}`));
      const { code, stdout, stderr } = await selfsup(['preview', file, '-n', '2'], { cwd });
      assert.equal(code, 0, stderr);
      return stdout;
    };
    assert.match(
      await preview('{ method: denoising, drop: 0.5 }'),
      /^Denoising autoencoder \(drop 0\.5\) on/,
    );
    assert.match(await preview('{ method: data2vec, maskRatio: 0.5, layers: 1 }'), / seen +.*\[mask\]/);
  });

  it('a new config is proposed for a folder of them, and nothing is wrong with it', async (t) => {
    const cwd = temporaryFolder(t);
    for (const [topic, words] of [
      ['fruit', things],
      ['place', places],
    ] as const) {
      mkdirSync(path.join(cwd, 'texts', topic), { recursive: true });
      for (let i = 0; i < 12; i++)
        writeFileSync(
          path.join(cwd, 'texts', topic, `${i}.txt`),
          `${words[i % 4]} and ${words[(i + 1) % 4]}`,
        );
    }
    const init = await selfsup(['init', 'texts'], { cwd });
    assert.equal(init.code, 0, init.stderr);
    const file = readdirSync(cwd).find((name) => name.endsWith('.selfsup.yaml'))!;
    const text = readFileSync(path.join(cwd, file), 'utf8');
    assert.match(text, /text: \.\/texts/);
    assert.match(text, /method: mlm/);
    const check = await selfsup(['check', file], { cwd });
    assert.equal(check.code, 0, check.stdout + check.stderr);
    assert.match(check.stdout, /24 texts in 2 classes \(files\)/);
  });
});
