import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readRun } from '../../server/runFolder/runFolder.ts';
import { selfsup } from '../support/builtSelfsup.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const rate = 8000;

/** A WAV file of 16 bits: half a second of one tone. */
function tone(hertz: number): Buffer {
  const samples = Int16Array.from({ length: rate / 2 }, (_, t) =>
    Math.round(8000 * Math.sin((2 * Math.PI * hertz * t) / rate)),
  );
  const header = Buffer.alloc(44);
  header.write('RIFF');
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // channels
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

const config = (labels: string): string => `name: tones
data: { audio: tones, sampleRate: ${rate}, clip: 0.16, mels: 8, window: 40, hop: 20 }
encoder: { type: convnet, width: 4, stages: 1, size: 8 }
pretext: { method: denoising }
train: { epochs: 2, batchSize: 8, device: cpu, threads: 1 }
evaluate: { every: 1, preview: { every: 1, samples: 3 } }
downstream: [{ task: classification, labelsPerClass: ${labels}, draws: 2, epochs: 1 }]
export: { onnx: true, safetensors: true }
`;

describe('recordings, from the command line', () => {
  it('are trained on and judged; another run takes the pretraining over with everything that can be heard', async (t) => {
    const cwd = temporaryFolder(t);
    for (const [name, base] of [
      ['low', 200],
      ['high', 1500],
    ] as const) {
      mkdirSync(path.join(cwd, 'tones', name), { recursive: true });
      for (let i = 0; i < 16; i++)
        writeFileSync(path.join(cwd, 'tones', name, `${i}.wav`), tone(base * (1 + i / 20)));
    }
    const train = async (labels: string): Promise<{ stdout: string; folder: string }> => {
      writeFileSync(path.join(cwd, 'tones.selfsup.yaml'), config(labels));
      const { code, stdout, stderr } = await selfsup(['train', 'tones.selfsup.yaml'], { cwd });
      assert.equal(code, 0, stderr + stdout);
      const runs = path.join(cwd, '.selfsup/runs');
      return { stdout, folder: path.join(runs, readdirSync(runs).sort().at(-1)!) };
    };
    const first = await train('[2]');
    assert.match(first.stdout, /32 recordings as 8 mel bands x 8 frames in 2 classes \(WAV\)/);
    assert.match(first.stdout, /fine-tune, 2 per class/);
    assert.match(readFileSync(path.join(first.folder, 'report.md'), 'utf8'), /report\/labels\.svg|fine-tune/);
    assert.ok(existsSync(path.join(first.folder, 'export/encoder.onnx')));

    const second = await train('[2, 4]');
    assert.notEqual(second.folder, first.folder);
    assert.deepEqual(readRun(second.folder).stages.pretrain, { state: 'reused', from: first.folder });
    for (const sounds of ['previews/sounds', 'embeddings/sounds']) {
      const heard = readdirSync(path.join(first.folder, sounds)).sort();
      assert.ok(heard.length > 0);
      assert.deepEqual(readdirSync(path.join(second.folder, sounds)).sort(), heard, sounds);
    }

    const run = path.basename(second.folder);
    for (const command of ['evaluate', 'embed', 'export']) {
      const { code, stderr } = await selfsup([command, run], { cwd });
      assert.equal(code, 0, `${command}: ${stderr}`);
    }
    assert.match(readFileSync(path.join(second.folder, 'embeddings/embeddings.csv'), 'utf8'), /wav/);
  });
});
