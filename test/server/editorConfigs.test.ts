import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { PublishDiagnosticsParams } from 'vscode-languageserver';
import { EditorClient } from '../support/editorClient.ts';
import { tableConfig, tableWorkspace } from '../support/tableWorkspace.ts';

it('an open config is checked again when a file that it extends changes on the disk', async (t) => {
  const { folder, config } = tableWorkspace(t, { epochs: 3 });
  const base = path.join(folder, 'base.selfsup.yaml');
  writeFileSync(base, tableConfig({ epochs: 3 }));
  const client = await EditorClient.inMemory(t, folder, { trusted: false });
  let hear: (found: PublishDiagnosticsParams) => void = () => undefined;
  const next = () =>
    new Promise<PublishDiagnosticsParams>((resolve) => {
      hear = resolve;
    });
  client.connection.onNotification('textDocument/publishDiagnostics', (found: PublishDiagnosticsParams) =>
    hear(found),
  );
  const opened = next();
  const uri = pathToFileURL(config).href;
  await client.connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'selfsup', version: 1, text: 'extends: base.selfsup.yaml\n' },
  });
  assert.deepEqual((await opened).diagnostics, []);

  const changed = next();
  writeFileSync(base, tableConfig({ epochs: -1 }));
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: pathToFileURL(base).href, type: 2 }],
  });
  const { diagnostics } = await changed;
  assert.ok(diagnostics.length > 0);
});
