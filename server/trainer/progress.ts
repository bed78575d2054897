/** Throughput and time left, from the steps of the last few seconds: one slow step must not swing the estimate. */
export class Progress {
  private readonly marks: { time: number; step: number }[] = [];

  constructor(
    private readonly steps: number,
    private readonly samplesPerStep: number,
    private readonly windowMs = 5000,
  ) {}

  /** Call after each step (1-based count of finished steps), `now` in ms. */
  at(step: number, now = performance.now()): { samplesPerSecond: number; etaSeconds: number } {
    this.marks.push({ time: now, step });
    while (this.marks.length > 2 && now - this.marks[0]!.time > this.windowMs) this.marks.shift();
    const first = this.marks[0]!;
    const seconds = (now - first.time) / 1000;
    const stepsPerSecond = seconds > 0 ? (step - first.step) / seconds : 0;
    return {
      samplesPerSecond: stepsPerSecond * this.samplesPerStep,
      etaSeconds: stepsPerSecond > 0 ? (this.steps - step) / stepsPerSecond : Number.POSITIVE_INFINITY,
    };
  }
}
