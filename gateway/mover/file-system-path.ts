const slash = Buffer.from('/');

/** Joins as bytes: names need not be UTF-8, and a detour over strings would change them. */
export const joinPath = (folder: Buffer | string, path: Buffer): Buffer =>
  path.length === 0 ? Buffer.from(folder) : Buffer.concat([Buffer.from(folder), slash, path]);
