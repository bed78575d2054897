import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { packageRoot } from '../../server/packageRoot.ts';
import { selfsupFile } from '../support/builtSelfsup.ts';
import { tableWorkspace } from '../support/tableWorkspace.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

// ONNX Runtime keeps a device's identity, reports that wait and a log in the user's folders: all that can be seen of
// its telemetry without a network. In Windows it reports in another way.
const skip = process.platform === 'win32' && 'no files tell of telemetry in Windows';

test('a training leaves nothing for ONNX Runtime to report', { skip }, (t) => {
  const { config } = tableWorkspace(t, { epochs: 2 });
  assert.deepEqual(filesOf(t, [selfsupFile(), 'train', config]), []);
});

test('what is looked for would be there otherwise', { skip }, (t) => {
  const load =
    'require("onnxruntime-node").InferenceSession.create(new Uint8Array(1)).catch(() => undefined)';
  assert.notDeepEqual(filesOf(t, ['--eval', load]), []);
});

/** What Node leaves in the folders of a user who had no files, not even temporary ones. */
function filesOf(t: TestContext, args: readonly string[]) {
  const home = temporaryFolder(t);
  // Nothing else: where variables speak of a build server, ONNX Runtime reports nothing anyway.
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home };
  execFileSync(process.execPath, args, { cwd: packageRoot(), env, stdio: 'pipe' });
  return readdirSync(home, { recursive: true });
}
