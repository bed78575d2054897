import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { type Io, processIo } from '../../server/cli/io.ts';
import { main } from '../../server/cli/main.ts';
import { RunWriter } from '../../server/runFolder/runFolder.ts';
import { RunStore } from '../../server/runs/store.ts';
import { fakeResults, serveFakeTrainer } from '../support/fakeTrainer.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

// This file is the test, the trainer that the commands start, and a `selfsup` that gets interrupted.
const script = fileURLToPath(import.meta.url);
const trainer = { script, args: ['trainer'] };
const [role, ...rest] = process.argv.slice(2);
if (role === 'trainer') serveFakeTrainer();
else if (role === 'selfsup') process.exitCode = await main(rest, { ...processIo(), trainer });
else describeCommands();

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command inside this process; `interrupt` presses Ctrl-C when the text appears on its output. */
async function selfsup(cwd: string, args: readonly string[], overrides: Partial<Io> = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    terminal: false,
    columns: 100,
    color: false,
    unicode: true,
    cwd,
    onInterrupt: () => () => undefined,
    trainer,
    ...overrides,
  });
  return { code, out, err };
}

/** A workspace with data that look right from outside, and a config whose run's name says what the trainer does. */
function workspace(t: TestContext, name = 'finish', extra = ''): string {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, '.git'));
  for (const label of ['a', 'b']) {
    mkdirSync(path.join(folder, 'pictures', label), { recursive: true });
    writeFileSync(path.join(folder, 'pictures', label, '1.png'), '');
  }
  const text = `name: ${name}
data: { images: pictures }
encoder: { type: mlp }
pretext: { method: autoencoder }
${extra}`;
  writeFileSync(path.join(folder, 'x.selfsup.yaml'), text);
  return folder;
}

const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

function describeCommands(): void {
  const here = process.cwd();

  describe('help and wrong arguments', () => {
    const commands = [
      'init',
      'check',
      'train',
      'resume',
      'runs',
      'evaluate',
      'embed',
      'export',
      'doctor',
      'methods',
    ];
    for (const command of commands) {
      it(`${command} --help has an example`, async () => {
        const { code, out } = await selfsup(here, [command, '--help']);
        assert.equal(code, 0);
        assert.ok(out.startsWith(`Usage: selfsup ${command} `), out);
        assert.ok(out.includes(`\nExample:\n  $ selfsup ${command}`), out);
      });
    }

    it('--help lists all commands and the exit codes', async () => {
      const { code, out } = await selfsup(here, ['--help']);
      assert.equal(code, 0);
      for (const command of commands) assert.match(out, new RegExp(`^ {2}${command} `, 'm'));
      assert.match(out, /0 done, 1 the run failed, 2 bad config or arguments, 130 stopped/);
    });

    it('--help loads little: no tensors, no schema, no trainer', () => {
      const folder = path.join(here, 'dist', 'server');
      const files = new Set(['cli.js']);
      for (const file of files) {
        const text = readFileSync(path.join(folder, file), 'utf8');
        // What is loaded at once; `import(...)` waits for its command.
        for (const [, name = ''] of text.matchAll(/^(?:import|export)\b[^;]*?["']\.\/([^"']+\.js)["'];$/gm))
          files.add(name);
      }
      assert.ok(files.size > 1, 'finds imports at all');
      const bytes = [...files].reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
      assert.ok(bytes < 250_000, `${bytes} bytes: ${[...files].join(', ')}`);
    });

    it('--version is that of the package', async () => {
      const { version } = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8')) as {
        version: string;
      };
      assert.deepEqual(await selfsup(here, ['--version']), { code: 0, out: `${version}\n`, err: '' });
    });

    const wrong: [string[], RegExp][] = [
      [[], /^Usage: selfsup/],
      [['tran'], /^error: unknown command 'tran'\n\(Did you mean train\?\)\n$/],
      [['train'], /^error: missing required argument 'config'\n$/],
      [['train', 'a', 'b'], /^error: too many arguments for 'train'. Expected 1 argument but got 2/],
      [['train', 'x', '--jsn'], /^error: unknown option '--jsn'\n\(Did you mean --json\?\)\n$/],
      [
        ['evaluate', 'x', '--device', 'gpu'],
        /argument 'gpu' is invalid. Allowed choices are auto, cpu, webgpu/,
      ],
      [['export', 'x', '--format', 'onx'], /Found onx; expected onnx, safetensors or onnx,safetensors\./],
    ];
    for (const [args, message] of wrong) {
      it(`selfsup ${args.join(' ')} is refused`, async () => {
        const { code, out, err } = await selfsup(here, args);
        assert.deepEqual([code, out], [2, '']);
        assert.match(err, message);
      });
    }
  });

  describe('train', () => {
    it('shows plain lines, one table and where the run lies', async (t) => {
      const cwd = workspace(t);
      const { code, out, err } = await selfsup(cwd, ['train', 'x.selfsup.yaml']);
      const [run] = new RunStore(cwd).list();
      assert.equal(err, '');
      assert.equal(code, 0);
      assert.equal(
        out.replace(/in \d\.\d s/, 'in 0.0 s'),
        `Data      1,000 images 8x8x1 in 2 classes; 800 to train, 200 to test
1 sample could not be read and is left out:
  broken.png: truncated
Device    cpu: fake (the only one)
Pretrain
Pretrain   25 % · epoch 1/2 · loss 1.0000 · 1,234 samples/s · ETA 3.0 s
Pretrain  done in 0.0 s · loss 0.2500

test accuracy (%)         pretrained   raw input
linear probe, all labels  97.0 ± 0.2  90.0 ± 0.2

Verdict  It is healthy.
Run      .selfsup/runs/${run?.record.id}
`,
      );
      assert.equal(run?.record.state, 'finished');
    });

    it('--json prints one object a line, the last one done', async (t) => {
      const cwd = workspace(t);
      const { code, out } = await selfsup(cwd, ['train', '--json', 'x.selfsup.yaml']);
      assert.equal(code, 0);
      const lines = jsonLines(out);
      const [run] = new RunStore(cwd).list();
      for (const line of lines) {
        assert.deepEqual(Object.keys(line).slice(0, 2), ['event', 'time']);
        assert.ok(!Number.isNaN(Date.parse(String(line.time))));
      }
      assert.deepEqual(
        lines.map(({ event }) => event).filter((event) => event !== 'metrics' && event !== 'step'),
        ['data', 'device', 'stage', 'stage', 'done'],
      );
      const { time, verdict, ...done } = lines.at(-1) ?? {};
      assert.ok(time && verdict);
      assert.deepEqual(done, {
        event: 'done',
        state: 'finished',
        run: run?.record.id,
        folder: run?.folder,
        results: fakeResults,
      });
    });

    it('does every run of a sweep', async (t) => {
      const cwd = workspace(t, 'finish', 'sweep: { grid: { seed: [1, 2, 3] } }\n');
      const { code, out } = await selfsup(cwd, ['train', '--json', 'x.selfsup.yaml']);
      assert.equal(code, 0);
      assert.equal(jsonLines(out).filter(({ event }) => event === 'done').length, 3);
      const list = new RunStore(cwd).list();
      assert.deepEqual(
        list.map(({ record }) => record.overrides),
        [{ seed: 3 }, { seed: 2 }, { seed: 1 }],
      );
      assert.equal(new Set(list.map(({ record }) => record.hashes.pretrain)).size, 3);
    });

    it('refuses a config with errors before anything is made', async (t) => {
      const cwd = workspace(t, 'finish', 'trian: { epochs: 3 }\n');
      const { code, out, err } = await selfsup(cwd, ['train', 'x.selfsup.yaml']);
      assert.deepEqual([code, out], [2, '']);
      assert.match(
        err,
        /^x\.selfsup\.yaml:5:1: error: unknown key trian \(unknownKey\)\n[\s\S]*did you mean train\?[\s\S]*\n1 error\nNothing was started\.\n$/,
      );
      assert.deepEqual(new RunStore(cwd).list(), []);
      const { code: again, out: lines } = await selfsup(cwd, ['train', '--json', 'x.selfsup.yaml']);
      assert.equal(again, 2);
      const [problem, done] = jsonLines(lines);
      assert.deepEqual([problem?.event, problem?.line, problem?.code], ['problem', 5, 'unknownKey']);
      assert.deepEqual([done?.event, done?.state, done?.run], ['done', 'failed', null]);
    });

    it('names the key that points at bad data', async (t) => {
      const { code, out, err } = await selfsup(workspace(t, 'data'), ['train', 'x.selfsup.yaml']);
      assert.deepEqual([code, out], [2, '']);
      assert.equal(
        err,
        `x.selfsup.yaml:2:17: error: pictures (data)
    found:    an empty folder
    expected: at least one picture
    fix:      Put pictures there.
1 error
Nothing was started.
`,
      );
    });

    it('exits with 1 and the reason when the run fails', async (t) => {
      const cwd = workspace(t, 'crash');
      const { code, err } = await selfsup(cwd, ['train', 'x.selfsup.yaml']);
      assert.equal(code, 1);
      assert.match(
        err,
        /^Run \S+-crash failed: The trainer was killed, perhaps because memory ran out\.\nIts log: \.selfsup\/runs\/\S+log\.txt\nGo on with: selfsup resume \S+-crash\n$/,
      );
    });

    it('draws one bar that it rewrites on a terminal, never wider than it', async (t) => {
      const cwd = workspace(t);
      const { out } = await selfsup(cwd, ['train', 'x.selfsup.yaml'], {
        terminal: true,
        color: true,
        columns: 60,
      });
      assert.ok(out.includes('\r\x1b[2K'));
      const pieces = out.split('\r\x1b[2K').flatMap((piece) => piece.split('\n'));
      const drawn = pieces.filter((line) => line.includes('epoch'));
      assert.ok(drawn.length >= 1);
      for (const line of drawn) assert.ok(stripVTControlCharacters(line).length < 60, line);
      assert.match(out, /█/);
      const plain = await selfsup(cwd, ['train', 'x.selfsup.yaml'], { terminal: true, unicode: false });
      assert.match(plain.out, /\[#{18}\] done/);
      assert.equal(Buffer.from(plain.out, 'latin1').toString('ascii'), plain.out);
    });
  });

  describe('Ctrl-C', () => {
    it('writes a checkpoint and says how to go on; resume does', async (t) => {
      const cwd = workspace(t, 'hang');
      const child = start(cwd, ['train', 'x.selfsup.yaml']);
      await output(child, /epoch 1/);
      child.kill('SIGINT');
      const { code, out } = await end(child);
      assert.equal(code, 130);
      assert.match(
        out,
        /\nStopping: finishing this step and writing a checkpoint\. Press Ctrl-C again to end at once\.\n/,
      );
      const [, id = ''] = /\nStopped by Ctrl-C\.\nGo on with: selfsup resume (\S+)\n$/.exec(out) ?? [];
      assert.equal(new RunStore(cwd).find(id).record.state, 'stopped');

      const resumed = start(cwd, ['resume', id]);
      await output(resumed, /epoch 1/);
      resumed.kill('SIGINT');
      assert.equal((await end(resumed)).code, 130);
    });

    it('twice ends at once', async (t) => {
      const cwd = workspace(t, 'stubborn');
      const child = start(cwd, ['train', 'x.selfsup.yaml']);
      await output(child, /epoch 1/);
      child.kill('SIGINT');
      await output(child, /Press Ctrl-C again/);
      child.kill('SIGINT');
      assert.equal((await end(child)).code, 130);
      assert.equal(new RunStore(cwd).find('latest').record.state, 'stopped');
    });

    it('stops the waiting runs of a sweep too', async (t) => {
      const cwd = workspace(t, 'hang', 'sweep: { grid: { seed: [1, 2] } }\n');
      const child = start(cwd, ['train', 'x.selfsup.yaml']);
      await output(child, /epoch 1/);
      child.kill('SIGINT');
      assert.equal((await end(child)).code, 130);
      assert.deepEqual(
        new RunStore(cwd).list().map(({ record }) => record.state),
        ['stopped', 'stopped'],
      );
    });
  });

  describe('other commands', () => {
    it('check says what a config would do', async (t) => {
      const cwd = workspace(t);
      const { code, out, err } = await selfsup(cwd, ['check', 'x.selfsup.yaml']);
      assert.deepEqual([code, err], [0, '']);
      assert.match(
        out,
        /^finish\n {2}data {8}1,000 images 8x8x1 in 2 classes; 800 to train, 200 to test\n {2}skipped {5}1 unreadable sample\n/,
      );
      assert.match(
        out,
        /\n {2}train {7}100 epochs of 3 steps, batch 256, adamw, device auto\n {2}pretrain {4}[0-9a-f]{12}\n/,
      );
      const json = JSON.parse((await selfsup(cwd, ['check', '--json', 'x.selfsup.yaml'])).out) as {
        valid: boolean;
        runs: unknown[];
      };
      assert.deepEqual([json.valid, json.runs.length], [true, 1]);
    });

    it('check opens the data only when it may', async (t) => {
      const cwd = workspace(t, 'data');
      assert.equal((await selfsup(cwd, ['check', 'x.selfsup.yaml'])).code, 2);
      assert.equal((await selfsup(cwd, ['check', '--no-data', 'x.selfsup.yaml'])).code, 0);
      const { code, err } = await selfsup(cwd, ['check', 'nothing.yaml']);
      assert.equal(code, 2);
      assert.match(err, /^nothing\.yaml:1:1: error: the config cannot be read/);
    });

    it('runs lists, deletes and protects what is being written', async (t) => {
      const cwd = workspace(t);
      assert.match(
        (await selfsup(cwd, ['runs'])).out,
        /^No runs in .* yet\. Start one with: selfsup train <config>\n$/,
      );
      await selfsup(cwd, ['train', 'x.selfsup.yaml']);
      const { out } = await selfsup(cwd, ['runs']);
      assert.match(
        out,
        /^run +state +started +progress +device +best\n\S+-finish +finished +just now +linear probe 97\.0 %\n$/,
      );
      const listed = JSON.parse((await selfsup(cwd, ['runs', '--json'])).out) as {
        state: string;
        folder: string;
      }[];
      assert.equal(listed[0]?.state, 'finished');
      const writer = RunWriter.open(listed[0].folder).begin();
      assert.equal((await selfsup(cwd, ['runs', '--delete', 'latest'])).code, 2);
      writer.close();
      assert.match(
        (await selfsup(cwd, ['runs'])).out,
        /dead[\s\S]*\nGo on with: selfsup resume \S+-finish\n$/,
      );
      assert.match((await selfsup(cwd, ['runs', '--delete', 'finish'])).out, /^Deleted \S+-finish\.\n$/);
      assert.deepEqual(new RunStore(cwd).list(), []);
    });

    it('resume says why not', async (t) => {
      const cwd = workspace(t);
      assert.match((await selfsup(cwd, ['resume', 'latest'])).err, /^error: There are no runs in /);
      await selfsup(cwd, ['train', 'x.selfsup.yaml']);
      const { code, err } = await selfsup(cwd, ['resume', 'latest']);
      assert.equal(code, 2);
      assert.match(err, /^error: \S+-finish is finished; there is nothing to resume\.\n$/);
    });

    it('evaluate, embed and export use a run', async (t) => {
      const cwd = workspace(t);
      await selfsup(cwd, ['train', 'x.selfsup.yaml']);
      const evaluated = await selfsup(cwd, ['evaluate', 'latest', '--device', 'cpu']);
      assert.match(evaluated.out, /linear probe, all labels {2}97\.0 ± 0\.2/);
      assert.equal(
        jsonLines((await selfsup(cwd, ['evaluate', 'latest', '--json'])).out).at(-1)?.event,
        'done',
      );
      const embedded = await selfsup(cwd, ['embed', 'latest', '--format', 'csv']);
      assert.match(
        embedded.out,
        /^1,000 samples, 16 features each:\n {2}\.selfsup\/runs\/\S+\/features\.csv\n$/,
      );
      const exported = await selfsup(cwd, ['export', 'latest', '--format', 'onnx', '--json']);
      assert.match(String((JSON.parse(exported.out) as { files: string[] }).files), /encoder\.onnx$/);
      const unknown = await selfsup(cwd, ['export', 'nope']);
      assert.deepEqual([unknown.code, unknown.out], [2, '']);
    });

    it('doctor shows what works', async (t) => {
      const { code, out } = await selfsup(temporaryFolder(t), ['doctor']);
      assert.equal(code, 0);
      assert.match(
        out,
        /^Selfsup \S+, Node \S+, [\s\S]*\ncpu +works +1\.5 ms {2}ONNX Runtime\ncuda +no +no GPU\n\nA note\.\n$/,
      );
    });

    it('methods lists every method with its paper', async (t) => {
      const { methods } = await import('../../server/methods/registry.ts');
      const { out } = await selfsup(temporaryFolder(t), ['methods']);
      for (const { name, title, paper } of Object.values(methods)) {
        assert.ok(out.includes(`${name} `) && out.includes(title) && out.includes(paper.url), name);
      }
    });
  });

  describe('init', () => {
    it('writes a config that fits the data, and that check accepts', async (t) => {
      const cwd = workspace(t);
      const { code, out, err } = await selfsup(cwd, ['init', 'pictures']);
      assert.deepEqual([code, err], [0, '']);
      assert.equal(
        out,
        'Found 1,000 images 8x8x1 in 2 classes.\nWrote pictures.selfsup.yaml. Start it with: selfsup train pictures.selfsup.yaml\n',
      );
      const text = readFileSync(path.join(cwd, 'pictures.selfsup.yaml'), 'utf8');
      assert.match(text, /^# 1,000 images/);
      assert.match(text, /\n {2}images: pictures\n/);
      assert.match(text, /labelsPerClass: \[1, 10, all\]/);
      assert.deepEqual((await selfsup(cwd, ['check', 'pictures.selfsup.yaml'])).err, '');
    });

    it('does not overwrite', async (t) => {
      const cwd = workspace(t);
      const { code, err } = await selfsup(cwd, ['init', 'pictures', '-o', 'x.selfsup.yaml']);
      assert.equal(code, 2);
      assert.match(
        err,
        /x\.selfsup\.yaml exists\. Choose another name with --output, or overwrite it with --force\./,
      );
    });

    it('says what it looked for', async (t) => {
      const cwd = workspace(t);
      mkdirSync(path.join(cwd, 'empty'));
      assert.match(
        (await selfsup(cwd, ['init', 'empty'])).err,
        /empty holds no data that Selfsup reads\. Expected images/,
      );
      assert.match((await selfsup(cwd, ['init', 'none'])).err, /none does not exist/);
    });
  });
}

/** `selfsup` as a process of its own. */
function start(cwd: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  return fork(script, ['selfsup', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
}

interface Output {
  text: string;
  waiting(): void;
}

const outputs = new WeakMap<ChildProcess, Output>();

/** Everything it has written so far. */
function outputOf(child: ChildProcess): Output {
  const known = outputs.get(child);
  if (known !== undefined) return known;
  const fresh: Output = { text: '', waiting: () => undefined };
  outputs.set(child, fresh);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      fresh.text += text;
      fresh.waiting();
    });
  }
  return fresh;
}

/** Resolves when its output matches. */
function output(child: ChildProcess, pattern: RegExp): Promise<void> {
  const seen = outputOf(child);
  return new Promise((resolve, reject) => {
    seen.waiting = () => {
      if (pattern.test(seen.text)) resolve();
    };
    child.once('close', () => reject(new Error(`It ended before ${pattern}:\n${seen.text}`)));
    seen.waiting();
  });
}

function end(child: ChildProcess): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve) =>
    child.once('close', (code) => resolve({ code, out: outputOf(child).text })),
  );
}
