type Part = 'data' | 'step' | 'bookkeeping';

/** Where the time of a training step goes: waiting for data, computing, everything else. */
export class StepClock {
  private readonly sums: Record<Part, number> = { data: 0, step: 0, bookkeeping: 0 };
  private steps = 0;

  async time<T>(part: Part, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.sums[part] += performance.now() - start;
      if (part === 'step') this.steps += 1;
    }
  }

  /** Mean milliseconds per step since the last call, as `time/<part>`. */
  takeMeans(): Record<string, number> {
    const steps = Math.max(1, this.steps);
    const means = Object.fromEntries(
      Object.entries(this.sums).map(([part, sum]) => [`time/${part}`, sum / steps]),
    );
    for (const part of Object.keys(this.sums) as Part[]) this.sums[part] = 0;
    this.steps = 0;
    return means;
  }
}
