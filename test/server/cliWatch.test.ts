import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { runPaths } from '../../server/runFolder/runFolder.ts';
import { RunStore } from '../../server/runs/store.ts';
import { end, output, selfsup, start, testCommandLine, workspace } from '../support/commandLine.ts';

await testCommandLine(() => {
  describe('selfsup watch', () => {
    it('lets a run follow its config until Ctrl-C', async (t) => {
      const cwd = workspace(t, 'hang');
      const config = path.join(cwd, 'x.selfsup.yaml');
      const text = readFileSync(config, 'utf8');
      const program = start(cwd, ['watch', 'x.selfsup.yaml']);
      const ended = end(program);
      await output(program, /Watching x\.selfsup\.yaml/);
      await output(program, /epoch 1\/2/);
      writeFileSync(config, text.replace('type: mlp', 'type: mlpp'));
      await output(program, /did you mean mlp\?/);
      writeFileSync(config, text.replace('type: mlp', 'type: mlp, hidden: [9]'));
      await output(program, /A newer version of its config took its place/);
      await output(program, /took its place[\s\S]*epoch 1\/2/);
      program.kill('SIGINT');
      const { code, out } = await ended;
      assert.equal(code, 130, out);
      const runs = new RunStore(cwd).list();
      assert.deepEqual(
        runs.map(({ record }) => record.state),
        ['stopped', 'superseded'],
      );
      assert.match(readFileSync(runPaths(runs[0]!.folder).config, 'utf8'), /- 9\n/);
    });

    it('says what is wrong with the config and starts nothing', async (t) => {
      const cwd = workspace(t, 'finish', 'sed: 1\n');
      const { code, err } = await selfsup(cwd, ['watch', 'x.selfsup.yaml']);
      assert.equal(code, 2);
      assert.match(err, /did you mean seed/);
      assert.deepEqual(new RunStore(cwd).list(), []);
    });
  });
});
