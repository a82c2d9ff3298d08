/**
 * A reason as the service takes it: cut to what its contract allows, never in the middle of a character, and never
 * empty, as the messages of some errors are. One that it refused would be reported for ever.
 */
export const reasonWithin = (maxLength: number, reason: string): string =>
  reason.slice(0, maxLength).toWellFormed() || 'no reason given';
