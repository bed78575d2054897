// `npm run test:vscode [-- --repeat 10] [files]`: the extension in a real VS Code (see docs/architecture.md, "Tests");
// with --repeat each file that often, and how often it passed. SELFSUP_EXTENSION names another .vsix or unpacked folder
// to test.
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ownTarget } from './package/contents.mjs';
import { root, run, setup } from './setup.mjs';

setup();
const { installChromium, installVsCode, NotInstallable } = await import('./vscode-e2e/install.mjs');
const { runTests, testFiles } = await import('./bundled-tests.mjs');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { repeat: { type: 'string', default: '1' } },
});
const rounds = Number(values.repeat);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--repeat takes a number of rounds, such as 10; this is "${values.repeat}".`);
  process.exit(2);
}

try {
  await installChromium();
  await installVsCode();
} catch (error) {
  if (!(error instanceof NotInstallable)) throw error;
  console.error(`\nSKIPPED: none of the tests in VS Code was run.\n${error.message}\n`);
  process.exit(0);
}

const files = testFiles(positionals.length > 0 ? positionals : ['test/vscode']);
const extension = process.env.SELFSUP_EXTENSION ?? packed();
const artefacts = `${root}test-artefacts/vscode`;
process.exit(rounds === 1 ? await once() : await repeatedly());

function packed() {
  if (run(process.execPath, ['scripts/package.mjs']) !== 0) process.exit(1);
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  return `${root}selfsup-${ownTarget}-${version}.vsix`;
}

function test(some) {
  return runTests(some, {
    folder: `dist/test-vscode-${process.pid}`,
    concurrency: 1, // a server, a browser and trainers are enough for a small machine
    env: { SELFSUP_EXTENSION: extension },
  });
}

async function once() {
  const status = await test(files);
  console.log('\nPictures in test-artefacts/vscode:');
  for (const name of readdirSync(artefacts, { recursive: true }).sort())
    if (name.endsWith('.png') && !name.includes('workspaces')) console.log(`  ${name}`);
  return status;
}

/** All files in turn, so that all have been run about as often whenever it is ended. */
async function repeatedly() {
  const passed = new Map(files.map((file) => [file, []]));
  const kept = `${root}test-artefacts/vscode-failed`;
  rmSync(kept, { recursive: true, force: true });
  for (let round = 1; round <= rounds; round++) {
    for (const file of files) {
      const start = performance.now();
      const green = (await test([file])) === 0;
      const seconds = Math.round((performance.now() - start) / 1000);
      passed.get(file).push({ green, seconds });
      if (!green) keep(`${kept}/${path.parse(file).name}-${round}`);
      const load = loadavg()[0].toFixed(1);
      console.log(`\nround ${round}: ${file} ${green ? 'passed' : 'FAILED'}, ${seconds} s, load ${load}\n`);
    }
  }
  for (const [file, all] of passed) {
    const seconds = all.map((each) => each.seconds).sort((a, b) => a - b);
    const green = all.filter((each) => each.green).length;
    console.log(
      `${file}: ${green} of ${rounds} passed, ${seconds[0]} to ${seconds.at(-1)} s (median ${seconds[rounds >> 1]})`,
    );
  }
  const all = [...passed.values()].flat().every(({ green }) => green);
  if (!all) console.log('\nWhat failed is kept in test-artefacts/vscode-failed.');
  return all ? 0 : 1;
}

/** What explains failures; the next round empties its folder. */
function keep(folder) {
  for (const name of readdirSync(artefacts, { recursive: true }).map(String))
    if (/^[^/]+[/]failed-[^/]+$/.test(name))
      cpSync(`${artefacts}/${name}`, `${folder}/${path.basename(name)}`, { recursive: true });
}
