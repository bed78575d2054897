/** Classes by number. */
export interface EncodedLabels {
  /** -1 where the class is not known. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/** Numbers the class names: by value when all are numbers, else by code unit, so 2 comes before 10. */
export function encodeLabels(names: readonly (string | undefined)[]): EncodedLabels {
  const classes = [...new Set(names)].filter((name) => name !== undefined);
  const numeric = classes.every((name) => name.trim() !== '' && Number.isFinite(Number(name)));
  classes.sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
  const number = new Map(classes.map((name, i) => [name, i]));
  return { labels: Int32Array.from(names, (name) => (name === undefined ? -1 : number.get(name)!)), classes };
}
