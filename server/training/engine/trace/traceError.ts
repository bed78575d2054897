import { callSite } from './callSite.ts';

/** A function that cannot be compiled: the message names the op and the line of the model. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/** A `TraceError` about what happened at `at`: "<what> (<op> at file:line). <fix>". */
export function traceError(what: string, at: Error, fix: string): TraceError {
  const { op, location } = callSite(at.stack ?? '');
  const where = [op === undefined ? '' : `tf.${op}`, location === undefined ? '' : `at ${location}`];
  const place = where.filter((part) => part !== '').join(' ');
  return new TraceError(`${what}${place === '' ? '' : ` (${place})`}. ${fix}`);
}
