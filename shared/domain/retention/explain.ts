import type { ExpireReason, KeepReason, RetentionDecision } from './decision.ts';

/** A decision in sentences, for `why`: one for each reason. */
export const explainDecision = (decision: RetentionDecision, hadLogs: boolean): string[] => [
  ...(decision.keep
    ? decision.because.map(explainKeep)
    : [explainExpiry(decision.because, decision.dueSince)]),
  ...(hadLogs
    ? []
    : [
        'No RMAN log ever came for this mount: only the calendar and the floor decide, not what the files are.',
      ]),
];

function explainKeep(reason: KeepReason): string {
  switch (reason.code) {
    case 'NOT_DUE':
      return reason.until === 'never'
        ? `${ownerOf(reason.expireOf)} says that it never expires.`
        : `It expires on ${reason.until} (${ownerOf(reason.expireOf)}).`;
    case 'LAST_OF_PERIOD':
      return `It is the last ${reason.dbid === undefined ? 'point' : `point that database ${reason.dbid} can be restored from`} of the ${reason.each} ${reason.period}, kept ${until(reason.until)}.`;
    case 'LOG_MISSING':
      return 'No log says what is in it, and other points of the mount have logs: send the log, or delete the point by name.';
    case 'HELD':
      return `It is under hold: ${reason.holds.join(', ')}.`;
    case 'LOCKED':
      return `It is locked until ${reason.until}.`;
    case 'PINNED':
      return `It is in use: ${reason.pins.join(', ')}.`;
    case 'SPREAD':
      return `Database ${reason.dbid} has backups on ${reason.mounts} mounts, too many to see what they need of each other.`;
    case 'FLOOR':
      return reason.dbid === undefined
        ? 'It is one of the newest points without a database, which always stay.'
        : `It is one of the last usable points of database ${reason.dbid}, which always stay.`;
    case 'NEEDED':
      return explainNeed(reason);
  }
}

function explainNeed({ dbid, byPoint, files }: Extract<KeepReason, { code: 'NEEDED' }>): string {
  const who = dbid === undefined ? `Point ${byPoint}` : `Database ${dbid} at point ${byPoint}`;
  return files.length === 0
    ? `${who} may be built on it: what it needs could not be worked out.`
    : `${who} needs ${files.length} of its files, such as ${files[0] ?? ''}.`;
}

const explainExpiry = (reason: ExpireReason, since: string): string =>
  reason.code === 'DELETED'
    ? `Its deletion was asked for (${reason.by}, ${since}), and nothing stands against it.`
    : `It expired on ${since} (${ownerOf(reason.expireOf)}), and no rule keeps it longer.`;

const ownerOf = (expireOf: 'point' | 'mount'): string =>
  expireOf === 'point' ? 'expire given for this point' : "the mount's policy";

const until = (instant: string): string => (instant === 'never' ? 'for ever' : `until ${instant}`);
