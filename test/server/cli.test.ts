import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { RunWriter } from '../../server/runFolder/runFolder.ts';
import { RunStore } from '../../server/runs/store.ts';
import { jsonLines, selfsup, testCommandLine, workspace } from '../support/commandLine.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

await testCommandLine(() => {
  const here = process.cwd();

  describe('help and wrong arguments', () => {
    const commands = [
      'init',
      'check',
      'preview',
      'train',
      'resume',
      'runs',
      'compare',
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
      assert.match(text, /\n {2}images: \.\/pictures\n/);
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
        /empty holds no data that Selfsup reads\. Expected images .* recordings .* texts .* or a table/,
      );
      assert.match((await selfsup(cwd, ['init', 'none'])).err, /none does not exist/);
    });
  });
});
