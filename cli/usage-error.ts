/** A command line whose words are understood and do not go together, or are none of those that there are: exit code 2. */
export class UsageError extends Error {}
