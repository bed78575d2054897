import { test } from 'node:test';
import { until } from '../../scripts/vscode-e2e/until.ts';
import { measured, spread } from '../support/measured.ts';
import { Studio } from './support/studio.ts';
import { digitsWorkspace } from './support/workspaces.ts';

/** What the extension costs VS Code when it starts, from VS Code's own report. */
const studio = Studio.ofThisFile('activation');
const reloads = 5;

test('activation', { timeout: 590_000 }, async () => {
  const folder = studio.folder('digits');
  digitsWorkspace(folder, { epochs: 2 });
  const workbench = await studio.window(folder);
  const { page } = workbench;
  await workbench.openFile('digits.selfsup.yaml');
  await workbench.codeLens('Run').waitFor();
  const wait: number[] = [];
  const load: number[] = [];
  const call: number[] = [];
  for (let reload = 0; reload < reloads; reload++) {
    await workbench.reload(); // the config is open again, which activates the extension
    await workbench.codeLens('Run').waitFor();
    const columns = await until('VS Code tells the times', async () => {
      // Opened anew each time: it tells what was known when it was opened.
      await workbench.command('Developer: Startup Performance');
      await page.locator('.tabs-container .tab.active').filter({ hasText: 'Startup Performance' }).waitFor();
      await page.locator('.editor-instance .monaco-editor[data-uri^="perf:"] .view-lines').click();
      await page.keyboard.press('Control+KeyA');
      await page.keyboard.press('Control+KeyC');
      const report = await page.evaluate(() => navigator.clipboard.readText());
      await workbench.command('View: Close Editor');
      return reportOf(report);
    });
    wait.push(columns.wait);
    load.push(columns.load);
    call.push(columns.call);
  }
  measured('activation', {
    wait: spread(wait),
    code: spread(load),
    call: spread(call),
    both: spread(load.map((each, index) => each + call[index]!)),
  });
});

/**
 * The row of the extension in the table `Extension | Eager | Load Code | Call Activate | Finish Activate | Event | By`.
 * Its time to load begins before VS Code has fetched the extension's translations from the window, which takes as long as
 * the window is busy; the marks of the extension host part the two.
 */
function reportOf(report: string): { wait: number; load: number; call: number } | undefined {
  const row = report.split('\n').find((line) => /^\|?\s*selfsup\.selfsup\b/.test(line));
  const cells = row
    ?.split('|')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '');
  const [before, after] = ['will', 'did'].map((when) =>
    new RegExp(`^code/extHost/${when}LoadExtensionCode/selfsup\\.selfsup\\s+(\\d+)`, 'm').exec(report),
  );
  if (cells === undefined || !before || !after) return undefined;
  const [, , loaded, call] = cells;
  const load = Number(after[1]) - Number(before[1]);
  return { wait: Number(loaded) - load, load, call: Number(call) };
}
