import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { ThemeName } from './themes.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds. Structure is the same in all themes: it is checked in one, contrast in all. */
export async function findings(page: Page, theme: ThemeName, part = 'body'): Promise<string[]> {
  await page.evaluate(axe);
  const asked = { onlyContrast: theme !== 'dark', part };
  return page.evaluate(async ({ onlyContrast, part }) => {
    const { axe: checker } = globalThis as unknown as {
      axe: {
        run(
          part: string,
          options: unknown,
        ): Promise<{
          violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
        }>;
      };
    };
    // A webview is a part of a page: the editor around it has the landmarks.
    const { violations } = await checker.run(
      part,
      onlyContrast ? { runOnly: ['color-contrast'] } : { rules: { region: { enabled: false } } },
    );
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
  }, asked);
}

/** By how many pixels the page is wider than the window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
