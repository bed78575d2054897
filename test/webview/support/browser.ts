import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { launchBrowser } from '../../../scripts/vscode-e2e/browser.ts';

/** A headless Chromium, or the reason why there is none. */
export async function findBrowser(): Promise<Browser | string> {
  const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (file) => existsSync(file),
  );
  try {
    return await launchBrowser();
  } catch (error) {
    if (!installed) return `There is no Chromium: ${error instanceof Error ? error.message : String(error)}`;
    return chromium.launch({ executablePath: installed, args: ['--no-sandbox', '--disable-gpu'] });
  }
}
