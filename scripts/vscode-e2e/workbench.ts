import type { BrowserContext, Frame, Locator, Page } from 'playwright-core';
import { isComplaint } from './complaints.ts';
import { until } from './until.ts';

/** A window of VS Code, driven as a person would. Its selectors belong to the version in install.mjs. */
export class Workbench {
  readonly page: Page;
  /** What the browser's console said, and requests that failed. */
  readonly console: string[] = [];
  readonly failedRequests: string[] = [];
  private readonly expected: RegExp[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(60_000);
    page.on('console', (message) =>
      this.console.push(`${message.type()}: ${message.text()} (${message.location().url})`),
    );
    page.on('pageerror', (error) => this.console.push(`pageerror: ${error.message} ${thrownAt(error)}`));
    page.on('requestfailed', (request) =>
      this.failedRequests.push(`${request.url()} ${request.failure()?.errorText}`),
    );
  }

  /** Opens a folder in a new window and waits until the workbench is there. */
  static async open(user: BrowserContext, serverUrl: string, folder: string): Promise<Workbench> {
    const workbench = new Workbench(await user.newPage());
    const url = new URL(serverUrl);
    url.searchParams.set('folder', folder);
    await workbench.page.goto(url.href, { waitUntil: 'commit' });
    await workbench.drawn();
    return workbench;
  }

  /** What the browser complained about: errors, violated policies, requests that failed. What VS Code does anyway is left out. */
  complaints(): string[] {
    const errors = this.console.filter((line) => /^(error|pageerror|warning: .*Content Security)/.test(line));
    return [...errors, ...this.failedRequests].filter(
      (line) => isComplaint(line) && !this.expected.some((wanted) => wanted.test(line)),
    );
  }

  /** A test that breaks something on purpose says what will be complained about. */
  expect(complaint: RegExp): void {
    this.expected.push(complaint);
  }

  async drawn(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    await this.page.locator('.part.activitybar a.action-label').first().waitFor({ timeout: 60_000 });
  }

  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('domcontentloaded');
    await this.command('Developer: Reload Window');
    await loaded;
    await this.drawn();
  }

  // ---- commands

  /** Runs a command from the palette; `answers` are typed into the inputs that it then shows, one after the other. */
  async command(title: string, ...answers: string[]): Promise<void> {
    await this.pick(`>${title}`, title, 'F1');
    for (const answer of answers) {
      const input = this.quickInput.locator('input');
      await input.waitFor();
      await input.fill(answer);
      await this.page.keyboard.press('Enter');
    }
  }

  async openFile(name: string): Promise<void> {
    await this.pick(name, name, 'Control+KeyP');
    const tab = this.page.locator('.tabs-container .tab.active').filter({ hasText: name });
    await tab.first().waitFor(); // another group of editors may have it open too
    await this.editor(name).locator('.view-lines').waitFor();
  }

  /** Whether the palette has a command. */
  async offers(title: string): Promise<boolean> {
    const input = this.quickInput.locator('input');
    await this.page.keyboard.press('F1');
    await input.fill(`>${title}`);
    const rows = this.quickInput.locator('.monaco-list-row');
    await rows.first().waitFor(); // "No matching commands" is a row too
    const found = (await rows.allInnerTexts()).some((text) => text.includes(title));
    await this.page.keyboard.press('Escape');
    return found;
  }

  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  /**
   * Opens the palette, types and clicks the row. Its list is made when it opens, so what was contributed a moment later
   * is not in it: it is opened again until it is.
   */
  private async pick(text: string, row: string, key: string): Promise<void> {
    const input = this.quickInput.locator('input');
    const found = this.quickInput.locator('.monaco-list-row').filter({ hasText: row }).first();
    await until(
      `"${row}" in the palette`,
      async () => {
        await this.page.keyboard.press(key);
        try {
          await input.waitFor({ timeout: 5000 });
          await input.fill(text);
          await found.waitFor({ timeout: 5000 });
        } catch {
          await this.page.keyboard.press('Escape');
          return false;
        }
        await found.click();
        return true;
      },
      60,
    );
  }

  // ---- side bar

  /** Opens a view container by its icon. */
  async viewContainer(title: string): Promise<void> {
    const heading = this.page
      .locator('.part.sidebar .composite.title h2')
      .filter({ hasText: new RegExp(title, 'i') });
    const icon = this.page.locator('.part.activitybar .action-item', {
      has: this.page.locator(`a.action-label[aria-label^="${title}"]`), // a badge may lie over the label
    });
    await icon.waitFor({ timeout: 60_000 }); // contributions come seconds after the workbench
    await until(`view container ${title}`, async () => {
      if (await heading.isVisible()) return true; // another click would hide it
      await icon.click();
      return heading.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
    });
  }

  /** A row of a tree in the side bar, by what it says to a screen reader. */
  treeItem(name: string | RegExp): Locator {
    return this.page.locator('.part.sidebar').getByRole('treeitem', { name });
  }

  /**
   * Chooses an entry of an item's context menu, again until it is chosen: after a reload VS Code takes a moment to trust
   * a folder, and a menu that has just opened takes no clicks.
   */
  async contextMenu(item: Locator, entry: string): Promise<void> {
    // One that is closing may still be there beside the one that opens.
    const menu = this.page
      .locator('.monaco-menu .action-menu-item')
      .filter({ hasText: entry, visible: true });
    await until(`"${entry}" in the context menu`, async () => {
      try {
        await item.click({ button: 'right', timeout: 10_000 });
        await menu.first().click({ timeout: 3000 });
        await menu.first().waitFor({ state: 'hidden', timeout: 3000 });
        return true;
      } catch {
        // It may have been chosen all the same, and asks already: nothing else can be clicked now.
        if (await this.dialog.isVisible()) return true;
        await this.page.keyboard.press('Escape');
        return false;
      }
    });
  }

  // ---- editors

  /** The text editor of a file. */
  editor(name: string): Locator {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="/${name}"]`).first();
  }

  async focusEditor(name: string): Promise<void> {
    await this.editor(name).locator('.view-lines').click();
    await this.page.locator('.editor-instance .monaco-editor.focused').waitFor();
  }

  /** Replaces everything in an open file by pasting, which leaves the indentation alone. */
  async replaceText(name: string, text: string): Promise<void> {
    await this.page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
    const dirty = this.page.locator('.tabs-container .tab.active.dirty').filter({ hasText: name });
    await until(`${name} has the new text`, async () => {
      await this.focusEditor(name);
      await this.page.keyboard.press('Control+KeyA');
      await this.page.keyboard.press('Control+KeyV');
      // Something else may take the focus between the click and the keys (a panel that opens): then paste again.
      return dirty.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
    });
  }

  async save(name: string): Promise<void> {
    await this.page.keyboard.press('Control+KeyS');
    await this.page.locator('.tabs-container .tab.active.dirty').waitFor({ state: 'detached' });
    await this.page.locator('.tabs-container .tab.active').filter({ hasText: name }).waitFor();
  }

  /** The first code lens with this title that is in sight. */
  codeLens(title: string): Locator {
    return this.page.locator('.editor-instance .codelens-decoration a').filter({ hasText: title }).first();
  }

  /** What the problems view lists, one text a problem. */
  async problems(): Promise<string[]> {
    const view = this.page.locator('.markers-panel');
    if (!(await view.isVisible())) await this.command('Problems: Focus on Problems View');
    const texts = await view.locator('.monaco-list-row').allInnerTexts();
    return texts.map((text) => text.replaceAll('\u00a0', ' '));
  }

  /** What is proposed at the end of an open file. */
  async suggestions(name: string): Promise<string[]> {
    await this.focusEditor(name);
    await this.page.keyboard.press('Control+End');
    const rows = this.page.locator('.suggest-widget.visible .monaco-list-row');
    await until('suggestions', async () => {
      await this.page.keyboard.press('Control+Space');
      return rows
        .first()
        .waitFor({ timeout: 2000 })
        .then(
          () => true,
          () => false,
        );
    });
    const found = await rows.allInnerTexts();
    await this.page.keyboard.press('Escape');
    return found;
  }

  /** Puts the cursor on the first problem of an open file. */
  async goToNextProblem(name: string): Promise<void> {
    await this.focusEditor(name);
    await this.page.keyboard.press('Control+Home');
    await this.command('Go to Next Problem (Error, Warning, Info)');
    await this.page.keyboard.press('Escape'); // the box that explains it
  }

  /** Applies the fix with this title at the cursor. */
  async quickFix(title: string | RegExp): Promise<void> {
    const menu = this.page.locator('.action-widget');
    const fix = menu.locator('.monaco-list-row').filter({ hasText: title }).first();
    await until(`quick fix ${title}`, async () => {
      await this.page.keyboard.press('Control+Period');
      try {
        await fix.waitFor({ timeout: 3000 });
      } catch {
        await this.page.keyboard.press('Escape');
        return false;
      }
      await fix.click();
      return true;
    });
  }

  // ---- what VS Code says

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-toast').filter({ hasText: text });
  }

  /** The question in the middle of the window. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Presses a button of the question in the middle of the window. */
  async answer(button: string | RegExp): Promise<void> {
    await this.dialog.getByRole('button', { name: button }).click();
    await this.dialog.waitFor({ state: 'hidden' });
  }

  /** Presses a button of a notification. */
  async answerNotification(text: string | RegExp, button: string): Promise<void> {
    const toast = this.notification(text).first();
    await toast.hover(); // the buttons of collapsed ones come then
    await toast.getByRole('button', { name: button, exact: true }).click();
  }

  /**
   * Answers the dialog for files and folders, which VS Code in a browser shows in the palette.
   * @param inside a folder in it, which is waited for
   */
  async choose(folder: string, button: string, inside?: string): Promise<void> {
    const input = this.quickInput.locator('input');
    const comes = (locator: Locator, state: 'visible' | 'hidden') =>
      locator.waitFor({ state, timeout: 3000 }).then(
        () => true,
        () => false,
      );
    await until(`${folder} is chosen`, async () => {
      // With a slash the dialog goes into the folder, and what it lists tells that it has arrived. A dialog that was
      // still opening writes its own folder into the field, beside what was typed: then it is typed again.
      await input.fill(`${folder}/`);
      const listed = this.quickInput
        .locator('.monaco-list-row')
        .filter({ hasText: inside ?? '' })
        .first();
      if (inside !== undefined && !(await comes(listed, 'visible'))) return false;
      await this.quickInput.getByRole('button', { name: button }).click();
      // The dialog reads the folder first, and forgets the click when it was still reading another one.
      return comes(this.quickInput, 'hidden');
    });
  }

  /** Trusts the workspace on the page that VS Code has for that. */
  async trust(): Promise<void> {
    await this.command('Workspaces: Manage Workspace Trust');
    const page = this.page.locator('.workspace-trust-editor');
    await page.getByRole('button', { name: 'Trust', exact: true }).first().click();
    await page.getByText('You trust this folder').waitFor();
    await this.page.keyboard.press('Control+F4');
  }

  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  // ---- webviews

  /**
   * The document in a webview: page > iframe.webview > iframe#active-frame. Webviews look alike from outside, so the
   * extension's page says which one it is (`data-webview`) and when its script has run (`data-ready`).
   */
  async webview(kind: string, seconds = 60): Promise<Frame> {
    return until(
      `webview ${kind} is ready`,
      async () => {
        for (const frame of this.page.frames()) {
          if (!frame.parentFrame()?.parentFrame()) continue;
          const body = frame.locator(`body[data-webview="${kind}"][data-ready="true"]`);
          if (
            (await body.count()) &&
            (await (await frame.frameElement()).getAttribute('id')) === 'active-frame'
          )
            return frame;
        }
        return undefined;
      },
      seconds,
    );
  }
}

/** "(<address>:1:2)" of the script that threw, from the stack; where one is not told, nothing. */
function thrownAt({ stack = '' }: Error): string {
  const address = /https?:\/\/[^\s()]+/.exec(stack)?.[0];
  return address === undefined ? '' : `(${address})`;
}
