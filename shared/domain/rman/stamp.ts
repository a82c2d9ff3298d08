/**
 * The time in a STAMP of the control file (as in `RECID=145 STAMP=927409893`), as the database's host had it: no zone is kept.
 * Oracle counts seconds in months of 31 days and years of twelve of them, from 1988 on.
 * @returns `YYYY-MM-DDTHH:MM:SS`; undefined where the number is no such time (0, or the 31st of a shorter month).
 */
export const decodeStamp = (stamp: number): string | undefined => {
  if (!Number.isSafeInteger(stamp) || stamp <= 0) return undefined;
  const second = stamp % 60;
  const minute = Math.floor(stamp / 60) % 60;
  const hour = Math.floor(stamp / 3600) % 24;
  const day = (Math.floor(stamp / 86_400) % 31) + 1;
  const month = (Math.floor(stamp / (86_400 * 31)) % 12) + 1;
  const year = Math.floor(stamp / (86_400 * 31 * 12)) + 1988;
  if (year > 9999 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
};
