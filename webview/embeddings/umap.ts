import type { UmapAnswer, UmapJob } from './umapJob.ts';

/**
 * UMAP in a worker. Webviews start workers from blobs only, so its script is fetched as text; once a panel.
 */
export class UmapRunner {
  private script: Promise<string> | undefined;
  private worker: Worker | undefined;
  private job = 0;

  constructor(private readonly scriptUri: string) {}

  /** Starts a layout and ends the one before. `report` is called on the way and at the end. */
  async run(
    job: UmapJob,
    report: (answer: UmapAnswer) => void,
    fail: (reason: string) => void,
  ): Promise<void> {
    this.cancel();
    const current = this.job;
    try {
      this.script ??= this.load();
      const script = await this.script;
      if (current !== this.job) return;
      const worker = new Worker(script);
      this.worker = worker;
      worker.onmessage = ({ data }: MessageEvent<UmapAnswer>) => {
        if (current !== this.job) return;
        report(data);
        if (data.done) this.cancel();
      };
      worker.onerror = ({ message }) => {
        if (current === this.job) fail(message);
      };
      worker.postMessage(job);
    } catch (error) {
      this.script = undefined;
      fail(error instanceof Error ? error.message : String(error));
    }
  }

  cancel(): void {
    this.job++;
    this.worker?.terminate();
    this.worker = undefined;
  }

  private async load(): Promise<string> {
    const response = await fetch(this.scriptUri);
    if (!response.ok) throw new Error(`The worker's script cannot be loaded (${response.status}).`);
    return URL.createObjectURL(new Blob([await response.text()], { type: 'text/javascript' }));
  }
}
