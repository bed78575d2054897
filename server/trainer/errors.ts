/** A fault that the person at the config can mend; shown as it is, without a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
