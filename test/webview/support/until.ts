import { setTimeout as wait } from 'node:timers/promises';

/** Waits for a condition that the page has no selector for. */
export async function until(condition: () => boolean | Promise<boolean>, limit = 10_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${limit} ms: ${condition}`);
    await wait(20);
  }
}
