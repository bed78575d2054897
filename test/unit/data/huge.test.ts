import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { hugeFormats } from '../../support/hugeFiles.ts';
import { temporaryFolder } from './fixtures.ts';

// Each file is read in a thread whose heap is a fraction of it: what is kept as a whole ends the thread. Memory beside the
// heap (buffers) is looked at while it is read; `bench/format-memory.ts` measures the whole process, and texts.test.ts has
// the texts.

const heapMegabytes = 64;
const megabytes = (size: number): number => size * 2 ** 20;

/** Bytes of the file; of sounds, which are packed, what comes out is far larger. Above 256 MB files stay on the disk. */
const streamed: Readonly<Record<string, number>> = {
  wav: megabytes(24),
  flac: megabytes(4),
  vorbis: megabytes(1),
  opus: megabytes(2),
  mp3: megabytes(2),
  idx: megabytes(512),
  npy: megabytes(512),
  cifar: megabytes(300),
  coco: megabytes(32),
};

interface Read {
  readonly count?: number;
  /** Most bytes in buffers beside the heap. */
  readonly buffers?: number;
  readonly message?: string;
}

if (!isMainThread) {
  const { kind, file } = workerData as { kind: string; file: string };
  let buffers = 0;
  const look = setInterval(() => {
    buffers = Math.max(buffers, process.memoryUsage().arrayBuffers);
  }, 5);
  hugeFormats[kind]!.read(file)
    .then(
      (count) => ({ count, buffers: Math.max(buffers, process.memoryUsage().arrayBuffers) }),
      (error: Error) => ({ message: `${error.name}: ${error.message}` }),
    )
    .then((read: Read) => {
      clearInterval(look);
      parentPort!.postMessage(read);
    });
}

/** Writes a huge file and reads it in a thread with a small heap; rejects where the heap overflows. */
async function readHuge(folder: string, kind: string, bytes: number, heap = heapMegabytes): Promise<Read> {
  const { extension, write } = hugeFormats[kind]!;
  const file = path.join(folder, `huge${extension}`);
  await write(file, bytes);
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { kind, file },
    env: { ...process.env, TMPDIR: folder }, // what is unpacked goes with the folder
    resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: 8 },
  });
  try {
    return await new Promise<Read>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  } finally {
    await worker.terminate();
  }
}

if (isMainThread) {
  for (const [kind, bytes] of Object.entries(streamed))
    test(`${kind}: ${bytes / 2 ** 20} MB are read in a heap of ${heapMegabytes} MB`, async (t) => {
      const { count, buffers, message } = await readHuge(temporaryFolder(t), kind, bytes);
      assert.equal(message, undefined);
      assert.ok(count! > 10_000, `${count} read`);
      assert.ok(buffers! < megabytes(200), `${buffers} bytes in buffers`);
    });

  for (const kind of ['csv', 'tsv', 'jsonl'])
    test(`${kind}: a table that does not fit is refused before it fills the memory`, async (t) => {
      const { message } = await readHuge(temporaryFolder(t), kind, megabytes(48), 128);
      assert.match(
        message!,
        /DataError: .*found \d+ MB in [\d,]+ rows; expected a table of at most \d+ MB here/,
      );
    });
}
