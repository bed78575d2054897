import type { TestContext } from 'node:test';
import { after, before } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { findBrowser } from './browser.ts';
import type { FakeServer } from './fakeServer.ts';
import { type OpenPanel, openPanel, servePanel } from './panelPage.ts';
import type { ThemeName } from './themes.ts';

export interface OpenOptions {
  readonly theme?: ThemeName;
  readonly state?: Record<string, unknown>;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
}

/** One browser and one server for the tests of a file; each test opens panels in windows of its own. */
export class PanelSession {
  private browser: Browser | string = 'not started';
  private served: Awaited<ReturnType<typeof servePanel>> | undefined;

  constructor() {
    before(async () => {
      this.served = await servePanel();
      this.browser = await findBrowser();
      if (typeof this.browser === 'string') console.log(`Skipped: ${this.browser}`);
    });
    after(async () => {
      if (typeof this.browser !== 'string') await this.browser.close();
      await this.served?.close();
    });
  }

  get source(): string {
    return this.served!.source;
  }

  /** Opens a panel whose script never comes. */
  async openWithoutScript(test: TestContext, server: FakeServer): Promise<OpenPanel | undefined> {
    const context = await this.newContext(test, {});
    await context?.route('**/panel.js', (route) => route.abort());
    return context && openPanel(context, this.source, { answer: server.answer });
  }

  /** Opens the panel on what the fake server holds; undefined, with the test skipped, where there is no browser. */
  async open(
    test: TestContext,
    server: FakeServer,
    options: OpenOptions = {},
  ): Promise<OpenPanel | undefined> {
    const context = await this.newContext(test, options);
    if (context === undefined) return undefined;
    const { theme = 'dark', state } = options;
    const panel = await openPanel(context, this.source, {
      theme,
      answer: server.answer,
      ...(state && { state }),
    });
    await panel.page.waitForSelector('body[data-ready=true]', { timeout: 15_000 }).catch((error: Error) => {
      throw new Error(`The panel did not become ready. ${panel.problems.join('; ')}`, { cause: error });
    });
    return panel;
  }

  private async newContext(
    test: TestContext,
    { width = 1000, height = 800, reducedMotion = false }: OpenOptions,
  ): Promise<BrowserContext | undefined> {
    if (typeof this.browser === 'string') {
      test.skip(this.browser);
      return undefined;
    }
    const context = await this.browser.newContext({
      viewport: { width, height },
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    });
    test.after(() => context.close());
    return context;
  }
}
