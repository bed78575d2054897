import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { RunStore } from '../../server/runs/store.ts';
import {
  end,
  jsonLines,
  output,
  selfsup,
  start,
  testCommandLine,
  workspace,
} from '../support/commandLine.ts';
import { fakeResults } from '../support/fakeTrainer.ts';

await testCommandLine(() => {
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

linear probe, all labels: +7.0 points against raw input (97.0 ± 0.2 % against 90.0 ± 0.2 %).

With all labels, a linear probe on the pretrained features reaches 97.0 ± 0.2 %; the same probe on raw input reaches 90.0 ± 0.2 %.

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
        `x.selfsup.yaml:2:17: error: data.images cannot be used: pictures (data)
    found:    an empty folder
    expected: at least one picture
    fix:      put pictures there
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
});
