/** Gathers what changed and draws it at the next frame, at most ten times a second. */
export class Redraw<Part> {
  private readonly dirty = new Set<Part>();
  private waiting = false;
  private last = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly draw: (changed: ReadonlySet<Part>) => void,
    private readonly clock: Clock = browserClock,
    private readonly interval = 100,
  ) {}

  request(...parts: readonly Part[]): void {
    for (const part of parts) this.dirty.add(part);
    if (this.waiting || this.dirty.size === 0) return;
    this.waiting = true;
    const wait = this.last + this.interval - this.clock.now();
    const frame = (): void => this.clock.frame(() => this.flush());
    if (wait > 0) this.clock.later(frame, wait);
    else frame();
  }

  private flush(): void {
    this.waiting = false;
    this.last = this.clock.now();
    const changed = new Set(this.dirty);
    this.dirty.clear();
    this.draw(changed);
  }
}

/** Time, as far as redrawing needs it. */
export interface Clock {
  now(): number;
  later(action: () => void, milliseconds: number): void;
  frame(action: () => void): void;
}

const browserClock: Clock = {
  now: () => performance.now(),
  later: (action, milliseconds) => void setTimeout(action, milliseconds),
  frame: (action) => void requestAnimationFrame(action),
};
