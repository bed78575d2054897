import type { Frame, Locator } from 'playwright-core';
import { until } from '../../../scripts/vscode-e2e/until.ts';
import type { Workbench } from '../../../scripts/vscode-e2e/workbench.ts';

/** What people do with Selfsup in a window of VS Code, and what they see of it. */
export class SelfsupWindow {
  constructor(readonly workbench: Workbench) {}

  /** Opens a config and runs it. */
  async run(file: string): Promise<void> {
    await this.workbench.openFile(file);
    await this.workbench.command('Selfsup: Run');
  }

  /** The list of runs in the side bar, each as a screen reader speaks it: "digits, running, 12 %". */
  async runs(): Promise<string[]> {
    await this.workbench.viewContainer('Selfsup');
    // All at once: asked one by one, a row may be gone meanwhile, and would be waited for.
    return this.rows.evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label') ?? ''));
  }

  /** Waits until the list has a run that is spoken of like this. */
  async listed(pattern: RegExp): Promise<void> {
    await until(`the list of runs says ${pattern}`, async () => {
      const runs = await this.runs();
      if (runs.some((text) => pattern.test(text))) return true;
      throw new Error(JSON.stringify(runs));
    });
  }

  private get rows(): Locator {
    return this.workbench.page.locator('.part.sidebar .pane-body .monaco-list-row[role="treeitem"]');
  }

  /** Chooses from the context menu of a run in the list. */
  async contextMenu(run: RegExp, entry: string): Promise<void> {
    await this.listed(run);
    await this.workbench.contextMenu(this.workbench.treeItem(run).first(), entry);
  }

  /** Selects two runs of the list. */
  async select(first: RegExp, second: RegExp): Promise<void> {
    await this.listed(first);
    await this.listed(second);
    await this.workbench.treeItem(first).first().click();
    await this.workbench
      .treeItem(second)
      .first()
      .click({ modifiers: ['Control'] });
    await until('two runs are selected', async () => {
      const marks = await this.rows
        .filter({ visible: true })
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-selected')));
      return marks.filter((mark) => mark === 'true').length === 2;
    });
  }

  panel(): Promise<Frame> {
    return this.workbench.webview('panel');
  }

  /** Waits until the panel's text matches. */
  async panelSays(pattern: RegExp, seconds = 60): Promise<void> {
    await until(
      `the panel says ${pattern}`,
      async () => {
        // biome-ignore lint/performance/useDomNodeTextContent: what is seen, not what hidden tabs hold
        const text = await (await this.panel()).locator('body').innerText();
        if (pattern.test(text)) return true;
        throw new Error(text.slice(0, 600));
      },
      seconds,
    );
  }

  /** Opens a tab of the panel. */
  async tab(name: string): Promise<void> {
    await (await this.panel()).getByRole('tab', { name }).click();
  }

  /** Waits until the panel shows a later step than it does now. */
  async panelMoves(): Promise<void> {
    const step = async (): Promise<number> => {
      // biome-ignore lint/performance/useDomNodeTextContent: what is seen
      const text = await (await this.panel()).locator('body').innerText();
      return Number(/step ([\d,]+)/i.exec(text)?.[1]?.replaceAll(',', '') ?? Number.NaN);
    };
    const from = await until('the panel says a step', async () => (await step()) + 1);
    await until('the panel shows later steps', async () => (await step()) > from);
  }
}
