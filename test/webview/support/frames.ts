import type { Page } from 'playwright-core';

export interface Stream {
  /** Messages, and points of each. */
  readonly deltas: number;
  readonly points: number;
  /** Milliseconds between messages. */
  readonly pace: number;
  /** The step that the stream goes on from. */
  readonly from: number;
}

export interface Frames {
  readonly frames: number;
  readonly seconds: number;
  /** Milliseconds from frame to frame. */
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  /** Milliseconds that the page's thread was not free for others, in pieces of more than 50. */
  readonly blocked: number;
}

/** Streams points of one curve into the panel, from within the page, and measures its frames meanwhile. */
export function measureFrames(page: Page, stream: Stream): Promise<Frames> {
  return page.evaluate(async ({ deltas, points, pace, from }) => {
    const times: number[] = [];
    let running = true;
    let blocked = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) blocked += duration - 50;
    });
    observer.observe({ entryTypes: ['longtask'] });
    const frame = (time: number): void => {
      times.push(time);
      if (running) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);

    const began = performance.now();
    for (let delta = 0; delta < deltas; delta++) {
      const first = from + delta * points;
      const steps = Array.from({ length: points }, (_, index) => first + index);
      const series = {
        name: 'loss',
        stage: 'pretrain',
        steps,
        epochs: steps.map((step) => step / 100),
        times: steps.map((step) => 1_769_869_501_000 + step * 10),
        values: steps.map((step) => 2 + Math.exp(-step / 200_000) + 0.2 * Math.sin(step * 12.9898)),
        total: first + points - 1,
      };
      window.postMessage({
        jsonrpc: '2.0',
        method: 'selfsup/runs/updated',
        params: { watch: 1, deltas: [{ run: 'a', series: [series] }] },
      });
      await new Promise((later) => setTimeout(later, pace));
    }
    running = false;
    await new Promise((later) => requestAnimationFrame(later));
    observer.disconnect();
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    gaps.sort((a, b) => a - b);
    const at = (share: number): number => gaps[Math.min(gaps.length - 1, Math.floor(share * gaps.length))]!;
    return {
      frames: gaps.length,
      seconds: (performance.now() - began) / 1000,
      median: at(0.5),
      p95: at(0.95),
      max: gaps.at(-1)!,
      blocked,
    };
  }, stream);
}
