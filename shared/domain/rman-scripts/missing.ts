import type { JudgedDatabase } from '../recoverability/judgement.ts';
import type { PointContents } from './point-contents.ts';

/** Names of files that are listed one by one. */
const maxNamed = 10;

/** What the point does not have and the restore may need, in sentences. */
export function missingOf(
  { reasons, lacksFiles, firstGap, needsUnknown }: JudgedDatabase,
  { controlFile, spfile, passwordFile }: PointContents,
): string[] {
  const told = reasons.filter(({ code }) => code !== 'SPFILE_MISSING' && code !== 'PASSWORD_FILE_MISSING');
  const named = lacksFiles.slice(0, maxNamed).map(({ path }) => path);
  const more = lacksFiles.length > maxNamed ? ` and ${lacksFiles.length - maxNamed} more` : '';
  return [
    ...told.map(({ code, text }) => `${code}: ${text}`),
    ...(lacksFiles.length > 0 ? [`files that only earlier points have: ${named.join(', ')}${more}`] : []),
    ...(needsUnknown
      ? ['the level 0 behind its incrementals: no log says which file it is, an earlier point may have it']
      : []),
    ...(firstGap
      ? [
          `archived logs ${firstGap.fromSequence} to ${firstGap.toSequence} of thread ${firstGap.thread}: no recovery goes beyond them`,
        ]
      : []),
    ...(controlFile === undefined ? ['a control file'] : []),
    ...(spfile === undefined ? ['the parameter file (SPFILE): write one by hand, see README.txt'] : []),
    ...(passwordFile === undefined
      ? ['the password file, which RMAN does not back up: make one with orapwd, see README.txt']
      : []),
    'the keystore (wallet), if the database has encrypted tablespaces or backups: RMAN never backs it up, and without it nothing of them can be read',
    'what the database wrote after the last backup of its archived logs; tempfiles, which are made anew',
  ];
}
