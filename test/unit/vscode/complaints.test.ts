import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isComplaint } from '../../../scripts/vscode-e2e/complaints.ts';

/** The tests in VS Code fail when its console is not clean: for faults of ours, and for nothing else. */

const webview = 'https://1a2b.vscode-cdn.net/tmp/vscode-x/extensions/selfsup.selfsup-0.1.0/dist/webview';

test('faults of the extension and of its panel are complaints', () => {
  for (const line of [
    'error: %c  ERR color: #f33 [selfsup.selfsup]: Cannot read properties of undefined',
    "error: %c  ERR color: #f33 command 'selfsup.run' not found: Error: command 'selfsup.run' not found",
    'error: %c  ERR color: #f33 TypeError: x at y (/tmp/vscode-x/extensions/selfsup.selfsup-0.1.0/dist/extension.cjs:1)',
    `error: Refused to load the image '${webview}/a.png' because it violates the Content Security Policy`,
    'pageerror: this.draw is not a function',
    `pageerror: this.draw is not a function (${webview}/panel.js:1:2)`,
    `error: Failed to load resource: the server responded with a status of 404 (Not Found) (${webview}/panel.css)`,
    `${webview}/panel.js net::ERR_FAILED`,
    `${webview}/panel.js csp`,
    "error: Activating extension 'selfsup.selfsup' failed: Not Found. (http://127.0.0.1:1/static/out/vs/workbench.js)",
    'error: %c[Extension Host] %cTypeError: x is not a function color: blue color:  (http://127.0.0.1:1/workbench.js)',
  ])
    assert.ok(isComplaint(line), line);
});

test('what VS Code says of itself is none, even where it names a config, a run or the folder that it lies in', () => {
  for (const line of [
    'error: %c  ERR color: #f33 [vscode.typescript-language-features]: a provider is already registered',
    'error: %c  ERR color: #f33 [File Watcher] ENOENT: /tmp/vscode-x/workspaces/digits.selfsup.yaml',
    'error: %c  ERR color: #f33 [File Watcher] ENOENT: /tmp/vscode-x/workspaces/.selfsup/runs/1/report.md',
    'error: %c  ERR color: #f33 Error: closed at z (/root/.cache/selfsup-vscode-e2e/vscode-1/out/server.js:1)',
    "pageerror: reading 'classList' (http://127.0.0.1:1/stable-5/static/out/vs/code/browser/workbench/workbench.js:1:2)",
    'error: Extension `vscode.typescript-language-features` is already registered (http://127.0.0.1:1/workbench.js)',
    'error: %c[Extension Host] %cExtension `vscode.git` is already registered color: blue (http://127.0.0.1:1/workbench.js)',
    "error: Activating extension 'vscode.typescript-language-features' failed: Not Found. (http://127.0.0.1:1/workbench.js)",
    'error: Failed to load resource: 404 (Not Found) (http://127.0.0.1:1/vsda.js)',
    `${webview}/pre/fake.html net::ERR_ABORTED`,
    `${webview}/step-20.png net::ERR_ABORTED`,
  ])
    assert.ok(!isComplaint(line), line);
});
