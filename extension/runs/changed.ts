/** Says that something changed: `vscode.EventEmitter<void>` for code that is tested outside of VS Code. */
export class Changed {
  readonly #listeners = new Set<() => void>();

  readonly event = (listener: () => void): { dispose(): void } => {
    const own = (): void => listener(); // the same listener may be added twice
    this.#listeners.add(own);
    return { dispose: () => this.#listeners.delete(own) };
  };

  fire(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
