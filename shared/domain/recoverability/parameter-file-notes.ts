import type { Reason } from './verdict.ts';

/** What a restore has to do without, though the database itself comes back. */
export function parameterFileNotes(has: {
  readonly spfile: boolean;
  readonly passwordFile: boolean;
}): Reason[] {
  const notes: Reason[] = [];
  if (!has.spfile) {
    const text = 'no backup of the SPFILE is known: a parameter file has to be written by hand';
    notes.push({ code: 'SPFILE_MISSING', effect: 'note', text });
  }
  if (!has.passwordFile) {
    const text = 'RMAN backs up no password file, and none is in the snapshot: make one with orapwd';
    notes.push({ code: 'PASSWORD_FILE_MISSING', effect: 'note', text });
  }
  return notes;
}
