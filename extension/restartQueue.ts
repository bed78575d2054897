/**
 * Wraps work that must not overlap: one runs, at most one waits. Everybody who asks while one waits gets that one, so
 * ten requests in a row lead to two runs, and the last one starts after the last request.
 */
export function oneRunningOneQueued(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  const start = (): Promise<void> => {
    queued = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return start();
    queued ??= running.catch(() => undefined).then(start);
    return queued;
  };
}
