import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../server/packageRoot.ts';
import { EditorClient } from '../support/editorClient.ts';
import { measured, spread } from '../support/measured.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** How long people wait for suggestions, from a server as the editor starts it: a process that is spoken to over stdio. */

const keystrokes = 200;

/** Long enough to be alive until it is stopped; it takes all cores, as it does for people. */
const config = `data:
  images: data/digits-images-idx3-ubyte.gz
  labels: data/digits-labels-idx1-ubyte.gz
encoder: { type: convnet, width: 32, stages: 2, size: 128 }
pretext:
  method: vicreg
  views: { rotate: 15, noise: 0.1 }
train:
  epochs: 5000
  batchSize: 256
  learningRate: 2e-3
evaluate: { every: 20, samples: 500 }
export: { onnx: false, safetensors: false }
`;

test('completion, idle and during training', { timeout: 180_000 }, async (t) => {
  const folder = temporaryFolder(t);
  cpSync(path.join(packageRoot(), 'examples/digits/data'), path.join(folder, 'data'), { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{}\n');
  const file = path.join(folder, 'digits.selfsup.yaml');
  writeFileSync(file, config);
  const client = await EditorClient.onStdio(t, folder, { onSave: 'off' });
  const typist = new Typist(client, pathToFileURL(file).href, config);
  await typist.open();
  await typist.times(20); // what people do first is not what they wait for
  typist.controls.length = 0;
  const idle = await typist.times(keystrokes);

  await client.startRun(file);
  const run = await client.run(({ state, progress }) => state === 'running' && (progress?.step ?? 0) > 20);
  const before = run.progress!.step;
  const training = await typist.times(keystrokes);
  const now = client.runs.get(run.id)!;
  if (now.state !== 'running') throw new Error(`The run ended meanwhile: it is ${now.state}.`);
  measured('completion', {
    idle: spread(idle),
    training: spread(training),
    controls: spread(typist.controls),
    steps: now.progress!.step - before,
    items: typist.items,
  });
});

/** Types a letter where a key of `train` could stand, and asks what it may become. */
class Typist {
  items = 0;
  /** Milliseconds of requests that the server refuses at once: what the machine and the line take by themselves. */
  readonly controls: number[] = [];
  private version = 1;

  constructor(
    private readonly client: EditorClient,
    private readonly uri: string,
    private readonly text: string,
  ) {}

  open(): Promise<void> {
    const { uri, text } = this;
    const textDocument = { uri, languageId: 'selfsup', version: this.version, text };
    return this.client.connection.sendNotification('textDocument/didOpen', { textDocument });
  }

  /** Milliseconds from the keystroke to the list, for so many keystrokes a tenth of a second apart. */
  async times(count: number): Promise<number[]> {
    const line = this.text.split('\n').indexOf('evaluate: { every: 20, samples: 500 }');
    const found: number[] = [];
    for (let index = 0; index < count; index++) {
      const letter = 'abcdelmoprstw'[index % 13]!;
      const began = performance.now();
      await this.type(this.text.replace('evaluate:', `  ${letter}\nevaluate:`));
      const items = await this.client.connection.sendRequest<unknown[]>('textDocument/completion', {
        textDocument: { uri: this.uri },
        position: { line, character: 3 },
      });
      found.push(performance.now() - began);
      this.items = Math.max(this.items, items.length);
      const asked = performance.now();
      await this.client.connection.sendRequest('selfsup/nothing').catch(() => undefined);
      this.controls.push(performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return found;
  }

  private type(text: string): Promise<void> {
    return this.client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: this.uri, version: ++this.version },
      contentChanges: [{ text }],
    });
  }
}
