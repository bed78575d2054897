/** After how many milliseconds an editor that has not asked is taken for one that will not: no config is in sight. */
const patience = 10_000;

/**
 * Tells the editor to ask for something again, e.g. for the lenses. Editors wait a while before they ask, and begin to
 * wait anew each time they are told; so they are not told again before they have asked, or they never would.
 */
export class Refresher {
  private timer: NodeJS.Timeout | undefined;
  private told: NodeJS.Timeout | undefined;
  private again = false;

  /**
   * @param tell tells the editor.
   * @param after changes within this time (ms) are one.
   */
  constructor(
    private readonly tell: () => void,
    private readonly after: number,
  ) {}

  /** What the editor was given is not true any more. */
  request(): void {
    if (this.told !== undefined) {
      this.again = true;
      return;
    }
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.told = setTimeout(() => this.asked(), patience);
      this.told.unref();
      this.tell();
    }, this.after);
  }

  /** The editor asks: what comes now is newer than what it gets. */
  asked(): void {
    clearTimeout(this.told);
    this.told = undefined;
    if (!this.again) return;
    this.again = false;
    this.request();
  }

  dispose(): void {
    clearTimeout(this.timer);
    clearTimeout(this.told);
    this.timer = undefined;
    this.told = undefined;
    this.again = false;
  }
}
