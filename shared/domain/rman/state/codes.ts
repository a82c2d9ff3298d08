/** The banner lines around RMAN-00569, which announces a stack of errors. */
export const STACK_BANNER = 'RMAN-00571';
export const STACK_FOLLOWS = 'RMAN-00569';

/** A job of a channel failed; the command may go on. */
export const CHANNEL_FAILED = 'RMAN-03009';

/** Codes that begin the report of a failure where the banner is missing. */
export const FAILURE_CODES: ReadonlySet<string> = new Set(['RMAN-03002', CHANNEL_FAILED]);

/** The database does not archive its redo: it cannot be backed up while open. */
export const NO_ARCHIVELOG_CODES: ReadonlySet<string> = new Set(['RMAN-06149', 'RMAN-06817', 'ORA-19602']);

/** The operating system or ASM did not let RMAN delete an archived log; it is named like one that is deleted. */
export const DELETION_FAILED = 'RMAN-08118';

const REFUSALS: ReadonlySet<string> = new Set([
  DELETION_FAILED,
  'RMAN-08120',
  'RMAN-08137',
  'RMAN-08138',
  'RMAN-08139',
]);

/** An archived log was not deleted; its name follows. */
export const isRefusal = (code: string): boolean => REFUSALS.has(code);

/** The text of a code without the name of a log that stands in the same line, and that name's own message. */
export const splitRefusal = (text: string): { readonly warning: string; readonly log: string } => {
  const at = text.search(/ arch(?:ived|ive) log file ?name=/);
  return at < 0 ? { warning: text, log: '' } : { warning: text.slice(0, at), log: text.slice(at + 1) };
};

const WARNING = /^(?:warning|警告|advertencia|avertissement|warnung|aviso|avvertenza|advertência|경고)/i;

export const isWarning = (code: string, text: string): boolean =>
  code.startsWith('RMAN-') && (WARNING.test(text) || isRefusal(code));
