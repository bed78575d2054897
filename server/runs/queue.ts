/** Does jobs one after the other, in the order they came: a device serves one run at a time. */
export class RunQueue {
  private readonly waiting: { id: string; start: () => Promise<void>; drop: () => void }[] = [];
  private current: string | undefined;

  /** The job that runs, and those that wait. */
  get running(): string | undefined {
    return this.current;
  }

  get queued(): readonly string[] {
    return this.waiting.map(({ id }) => id);
  }

  /** Resolves with the job's result, or with undefined when it was removed before its turn. */
  add<T>(id: string, job: () => Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ id, start: () => job().then(resolve, reject), drop: () => resolve(undefined) });
      void this.next();
    });
  }

  /** Takes a waiting job out; false when it is running or unknown. */
  remove(id: string): boolean {
    const index = this.waiting.findIndex((job) => job.id === id);
    if (index < 0) return false;
    this.waiting.splice(index, 1)[0]?.drop();
    return true;
  }

  private async next(): Promise<void> {
    if (this.current !== undefined) return;
    const job = this.waiting.shift();
    if (job === undefined) return;
    this.current = job.id;
    await job.start();
    this.current = undefined;
    void this.next();
  }
}
