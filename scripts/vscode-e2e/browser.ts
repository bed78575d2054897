import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { installChromium } from './install.mjs';

/** Headless Chromium that can reach this machine and nothing else. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await installChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-dev-shm-usage',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/** A user of VS Code: layout, trust and what was dismissed lie in the browser. */
export function newUser(browser: Browser, viewport = { width: 1400, height: 900 }): Promise<BrowserContext> {
  return browser.newContext({
    viewport,
    // Spares the server from compressing 19 MB of workbench for each window.
    extraHTTPHeaders: { 'accept-encoding': 'identity' },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
}
