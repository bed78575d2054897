/** Work that is asked for often and done at most every `ms`: at once when it was quiet, else once at the end of the wait. */
export interface Throttled {
  (): void;
  /** Work that waits is not done any more. */
  cancel(): void;
}

export function atMostEvery(ms: number, work: () => void): Throttled {
  let timer: NodeJS.Timeout | undefined;
  let again = false;

  const run = (): void => {
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) run();
    }, ms);
    work();
  };
  const ask = (): void => {
    if (timer === undefined) run();
    else again = true;
  };
  return Object.assign(ask, {
    cancel: (): void => {
      clearTimeout(timer);
      again = false;
    },
  });
}
