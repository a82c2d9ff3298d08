/** The system's name of an error: ENOENT, EACCES, … */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Whether a disk, a quota or the journal's disk is full. */
export const isDiskFull = (error: unknown): boolean => {
  const sqliteFull = 13;
  const isJournal = error instanceof Error && 'errcode' in error && error.errcode === sqliteFull;
  const code = systemCode(error);
  return isJournal || code === 'ENOSPC' || code === 'EDQUOT';
};

/** Whether a file or one of its folders does not exist. */
export const isMissing = (error: unknown): boolean => {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
};
