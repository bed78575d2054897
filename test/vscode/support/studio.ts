import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, type TestContext } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { launchBrowser, newUser } from '../../../scripts/vscode-e2e/browser.ts';
import { CodeServer, type CodeServerOptions } from '../../../scripts/vscode-e2e/codeServer.ts';
import { kill, type Process, runsScript } from '../../../scripts/vscode-e2e/processes.ts';
import { Workbench } from '../../../scripts/vscode-e2e/workbench.ts';
import { packageRoot } from '../../../server/packageRoot.ts';

/** Themes by the class that they give to the workbench; the last one is the usual one. */
const themes = {
  'vs-dark': 'Dark Modern',
  'hc-black': 'Dark High Contrast',
  'hc-light': 'Light High Contrast',
  vs: 'Light Modern',
};

/** `passed` is there since Node 20.16; its type came later. */
type EndedTest = TestContext & { readonly passed: boolean };

/** The extension under test: a .vsix as users install it, or an unpacked folder. */
const extension = (): string => {
  const file = process.env.SELFSUP_EXTENSION;
  if (!file)
    throw new Error('Run these tests with `npm run test:vscode`: it makes the extension that they install.');
  return file;
};

/**
 * A VS Code with Selfsup in it, shared by the tests of one file: one server and one browser, a folder and a window for
 * each test. Pictures of what was tested are kept in test-artefacts/vscode/<name>, logs too where a test failed.
 */
export class Studio {
  readonly artefacts: string;
  private readonly options: CodeServerOptions;
  private server?: CodeServer;
  private browser?: Browser;
  private user?: BrowserContext;
  private workbenches: Workbench[] = [];
  private pictures = 0;

  private constructor(name: string, options: CodeServerOptions) {
    this.artefacts = path.join(packageRoot(), 'test-artefacts', 'vscode', name);
    this.options = options;
  }

  /** Registers start and end with node:test. */
  static ofThisFile(name: string, options: CodeServerOptions = {}): Studio {
    const studio = new Studio(name, options);
    before(() => studio.open(), { timeout: 300_000 });
    afterEach((test) => studio.afterTest(test as EndedTest));
    after(() => studio.close());
    return studio;
  }

  private async open(): Promise<void> {
    rmSync(this.artefacts, { recursive: true, force: true });
    mkdirSync(this.artefacts, { recursive: true });
    this.server = await CodeServer.prepare(this.options);
    this.server.installExtension(extension());
    await this.server.start();
    this.browser = await launchBrowser();
    this.user = await newUser(this.browser);
  }

  private async close(): Promise<void> {
    await this.browser?.close();
    await this.server?.stop();
  }

  /** A new folder in the workspace, ready to be filled. */
  folder(name: string): string {
    const folder = path.join(this.running.folder, 'workspaces', name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Opens a window on the folder; windows of one user share what they have open there, those of `anotherUser` do not. */
  async window(folder: string, { anotherUser = false } = {}): Promise<Workbench> {
    const user = anotherUser ? await newUser(this.browser!) : this.user!;
    const workbench = await Workbench.open(user, this.running.url, folder);
    this.workbenches.push(workbench);
    return workbench;
  }

  /** Keeps pictures of the window in VS Code's themes, which the panel must follow. */
  async picturesInThemes(workbench: Workbench, name: string): Promise<void> {
    for (const [short, theme] of Object.entries(themes)) {
      await workbench.command('Preferences: Color Theme', theme);
      await workbench.page.locator(`.monaco-workbench.${short}`).waitFor();
      await this.picture(workbench, `${name}-${short}`);
    }
  }

  /** Keeps a picture of the window under a running number. */
  async picture(workbench: Workbench, name: string): Promise<void> {
    const number = String(++this.pictures).padStart(2, '0');
    await workbench.page.screenshot({ path: path.join(this.artefacts, `${number}-${name}.png`) });
  }

  /** Where VS Code has put the extension. */
  get extensionFolder(): string {
    const extensions = path.join(this.running.folder, 'extensions');
    const name = readdirSync(extensions).find((each) => each.startsWith('selfsup.selfsup-'));
    if (name === undefined) throw new Error(`The extension is not in ${extensions}.`);
    return path.join(extensions, name);
  }

  languageServers(): Process[] {
    return this.running.processes(runsScript('dist/server/editor.js'));
  }

  trainers(): Process[] {
    return this.running.processes(runsScript('dist/server/trainer.js'));
  }

  private get running(): CodeServer {
    if (this.server === undefined) throw new Error('The studio is not open yet.');
    return this.server;
  }

  /** Keeps what explains a failure, and closes the test's windows. */
  private async afterTest(test: EndedTest): Promise<void> {
    if (!test.passed) {
      const folder = path.join(this.artefacts, `failed-${test.name.replaceAll(/\W+/g, '-')}`);
      mkdirSync(folder, { recursive: true });
      for (const [index, { page, console: lines }] of this.workbenches.entries()) {
        await page.screenshot({ path: path.join(folder, `window-${index}.png`) }).catch(() => undefined);
        writeFileSync(path.join(folder, `console-${index}.txt`), lines.join('\n'));
      }
      for (const name of ['data/logs', 'workspaces'])
        cpSync(path.join(this.running.folder, name), path.join(folder, name), {
          recursive: true,
          filter: (file) => !/checkpoints|\.sock$/.test(file),
        });
    }
    const complaints = this.workbenches.flatMap((workbench) => workbench.complaints());
    for (const { page } of this.workbenches) await page.close();
    this.workbenches = [];
    for (const target of this.trainers()) kill(target);
    if (test.passed) assert.deepEqual(complaints, [], 'the console is clean');
  }
}
