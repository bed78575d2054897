import type { Part, RunModel } from './runs/runModel.ts';

/** What stands behind a tab. It is drawn only while it is seen, and told what changed since it was drawn last. */
export interface Pane {
  readonly element: HTMLElement;
  draw(runs: readonly RunModel[], changed: ReadonlySet<Part>): void;
}
