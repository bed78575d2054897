/** Milliseconds from the start of one drawing to the start of the next: at least, and at most of rest between them. */
const limits = { interval: 100, rest: 2000 } as const;

/** How many times as long as a drawing took nothing is drawn after it. */
const restShare = 3;

/**
 * Gathers what changed and draws it at the next frame, at most ten times a second, and on a busy machine less often:
 * what paints slowly (no GPU, a training on all cores) would otherwise keep the whole window from working, which in
 * a browser shares its thread with the panel.
 */
export class Redraw<Part> {
  private readonly dirty = new Set<Part>();
  /** A drawing is asked for, or being painted. */
  private busy = false;
  private next = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly draw: (changed: ReadonlySet<Part>) => void,
    private readonly clock: Clock = browserClock,
  ) {}

  request(...parts: readonly Part[]): void {
    for (const part of parts) this.dirty.add(part);
    if (this.busy || this.dirty.size === 0) return;
    this.busy = true;
    const wait = this.next - this.clock.now();
    const frame = (): void => this.clock.frame(() => this.flush());
    if (wait > 0) this.clock.later(frame, wait);
    else frame();
  }

  private flush(): void {
    const start = this.clock.now();
    const changed = new Set(this.dirty);
    this.dirty.clear();
    // A timer that is set in a frame comes after that frame has been laid out, painted and handed over. It is set first,
    // so that a drawing that fails is not the last one.
    this.clock.later(() => {
      const end = this.clock.now();
      this.next = Math.max(start + limits.interval, end + Math.min(restShare * (end - start), limits.rest));
      this.busy = false;
      this.request();
    }, 0);
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
