type Numbers = Float64Array | Uint32Array | Int32Array;

/** A typed array that grows at its end, for numbers whose count is not known before. */
export class Growing<T extends Numbers> {
  readonly #make: new (
    length: number,
  ) => T;
  #numbers: T;
  length = 0;

  constructor(make: new (length: number) => T) {
    this.#make = make;
    this.#numbers = new make(1024);
  }

  push(value: number): void {
    if (this.length === this.#numbers.length) {
      const longer = new this.#make(2 * this.length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.length++] = value;
  }

  /** What was pushed; takes no more room than that. */
  values(): T {
    return this.#numbers.slice(0, this.length) as T;
  }
}
