/** What somebody typed, or a script that RMAN repeats. */
export interface Statement {
  /**
   * `whole-database`: a BACKUP of every datafile. `apart`: one that this database cannot be restored from. `backup`: any other.
   * `report-past`: REPORT SCHEMA AT, of datafiles as they once were. `script`: a stored one is run, of which the log shows no text.
   */
  readonly does:
    | 'whole-database'
    | 'apart'
    | 'backup'
    | 'report-past'
    | 'open-resetlogs'
    | 'script'
    | 'other';
  readonly incremental?: 'differential' | 'cumulative';
  /** KEEP: RMAN says of its logs what it otherwise says of INCREMENTAL FROM SCN only. */
  readonly isKept?: true;
}

const prompts = /^(?:(?:RMAN ?>|\d+>)\s*)+/;
/** Behind what a wrapper put before the line. */
const firstPrompt = /(?:^|\s)(?:RMAN ?>|\d+>)/;
const comment = /(?:^|\s)(?:#|--|rem\s).*$/i;
/**
 * What makes of BACKUP … DATABASE something less than all datafiles, or no backup at all. PARTIAL ends without an error when its time is over,
 * whatever it has not backed up by then; a name behind DATABASE is that of a container.
 */
const lessThanAll =
  /\bdatabase ?''|\b(?:validate|partial|pluggable|copy\s+of|skip|except|exclude|not\s+backed\s+up|root|tablespace|datafile|datafilecopy|recovery\s+area|since|backupset)\b/;
/** What stands in a BACKUP of all datafiles and looks like less: BACKUP BACKUPSET is of sets, AS BACKUPSET is the form of the output. */
const formOfWhole = /\bfor recover of copy\b|\bas (?:compressed )?backupset\b/g;
/** What changed since an SCN, for a standby, and sets for another platform: the control file does not know them as backups of its own. */
const apart = /\bincremental from scn\b|\bfor transport\b|\bto platform\b/;
/** What is backed up then may have corrupt blocks, and RMAN calls it complete. */
const toleratesCorruption = /^set maxcorrupt\b/;
/** What is stored is not run; where it ends, the braces tell. */
const storing = /^\s*(?:create|replace)\s+(?:global\s+)?script\b/i;
/** Ends and braces; in quotes they are none. */
const separator = /'[^']*'|"[^"]*"|[;{}]/g;
/** Without one of these, nothing ends: what stood before them in the statement was looked at with its own lines. */
const mayEnd = /[;{}]/;
const longest = 4_000;
const NONE: readonly never[] = [];
/** Every statement that is told from others below has one of these words: most have none, and are read no further. */
const telling = /backup|resetlogs|maxcorrupt|report|script/i;

/** Where the first statement of a text ends. */
function endOf(text: string): number {
  separator.lastIndex = 0;
  for (let found = separator.exec(text); found !== null; found = separator.exec(text))
    if (found[0].length === 1) return found.index;
  return -1;
}

/** How far a script has been read. */
export interface TypedState {
  /** What stands of a statement that has not ended yet. */
  readonly open: string;
  /** Braces of a script that is being stored. */
  readonly depth: number;
}

/** Before the first line. */
export const nothingTyped: TypedState = { open: '', depth: 0 };

/** The statements that end in a line, and how far the script is read then. */
export interface TypedLine {
  readonly statements: readonly Statement[];
  readonly after: TypedState;
}

/** With this prompt a line begins a statement, whatever stood before it. */
export const FIRST_PROMPT = 'RMAN>';

/** Puts statements together from the lines of a script as RMAN repeats them. Answers what they do, never their text. */
export function readTyped(before: TypedState, line: string): TypedLine {
  const typed = prompts.test(line) ? line : line.slice(Math.max(0, line.search(firstPrompt))).trimStart();
  // The end of a statement that is still open stood in a line without a prompt.
  const state = typed.startsWith('RMAN') ? nothingTyped : before;
  const text = typed.replace(prompts, '').replace(comment, '');
  let open = `${state.open} ${text}`;
  if (open.length > longest) open = open.slice(-longest);
  if (!mayEnd.test(text)) return { statements: NONE, after: { open, depth: state.depth } };
  const statements: Statement[] = [];
  let { depth } = state;
  for (let end = endOf(open); end >= 0; end = endOf(open)) {
    const ended = open.slice(0, end);
    const sign = open[end];
    const isStored = depth > 0 || (sign === '{' && storing.test(ended));
    if (isStored && sign === '{') depth += 1;
    if (isStored && sign === '}') depth -= 1;
    const statement = isStored ? undefined : readStatement(ended);
    if (statement !== undefined) statements.push(statement);
    open = open.slice(end + 1);
  }
  return { statements, after: { open, depth } };
}

function readStatement(text: string): Statement | undefined {
  if (!telling.test(text)) return text.trim() === '' ? undefined : { does: 'other' };
  const words = text.trim().replace(/\s+/g, ' ').toLowerCase();
  // Names and values in quotes may hold any word.
  const bare = words.replace(/'[^']*'|"[^"]*"/g, "''");
  if (/\bopen resetlogs$/.test(bare)) return { does: 'open-resetlogs' };
  if (toleratesCorruption.test(bare)) return { does: 'apart' };
  if (/^report schema at\b/.test(bare)) return { does: 'report-past' };
  if (/^execute(?: global)? script\b/.test(bare)) return { does: 'script' };
  if (!/^backup\b/.test(bare)) return bare === '' ? undefined : { does: 'other' };
  if (apart.test(bare)) return { does: 'apart' };
  const isWhole = /\bdatabase\b/.test(bare) && !lessThanAll.test(bare.replace(formOfWhole, ''));
  const isIncremental = /\bincremental\b/.test(bare);
  return {
    does: isWhole ? 'whole-database' : 'backup',
    ...(/\bkeep\b/.test(bare) && { isKept: true }),
    ...(isIncremental && { incremental: /\bcumulative\b/.test(bare) ? 'cumulative' : 'differential' }),
  };
}
