import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../../server/packageRoot.ts';

const folder = path.join(packageRoot(), 'test-artefacts', 'webview');

/** Keeps a picture of the whole page where people and continuous integration find it. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true, animations: 'disabled' });
}
