type Found<T> = Exclude<T, false | null | undefined | 0 | ''>;

/** Waits until the function gives something true; throws with `what` and its last answer when that takes too long. */
export async function until<T>(what: string, look: () => T | Promise<T>, seconds = 60): Promise<Found<T>> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    let last: unknown;
    try {
      const found = await look();
      if (found) return found as Found<T>;
      last = found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`Waited ${seconds} s in vain: ${what}; last: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
