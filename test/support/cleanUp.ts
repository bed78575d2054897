import type { TestContext } from 'node:test';

const stacks = new WeakMap<TestContext, (() => unknown)[]>();

/** Does this at the end of the test, before what was asked for earlier: programs end before their folder goes. */
export function cleanUp(test: TestContext, work: () => unknown): void {
  const known = stacks.get(test);
  if (known !== undefined) {
    known.push(work);
    return;
  }
  const stack = [work];
  stacks.set(test, stack);
  test.after(async () => {
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) await next();
  });
}
