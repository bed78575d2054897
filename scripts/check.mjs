// `npm run check`: types of every project, then lint and format.
import { run, setup } from './setup.mjs';

setup();
const bin = (name) => `node_modules/${name}`;
const steps = [
  ...['server', 'extension', 'webview', 'test/webview', 'test/vscode'].map((project) => [
    bin('typescript/bin/tsc'),
    '-p',
    project,
  ]),
  [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'],
];
for (const args of steps) {
  const status = run(process.execPath, args);
  if (status !== 0) process.exit(status);
}
