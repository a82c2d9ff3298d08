import type { CommandReader } from '../command-reader.ts';

/** Which datafiles a command is about. */
export type Scope =
  | { readonly of: 'database' }
  | { readonly of: 'tablespace'; readonly name: string }
  | { readonly of: 'datafile'; readonly number: number }
  | { readonly of: 'pdb'; readonly name: string };

export type Until =
  /** By the clock of the host. */
  | { readonly by: 'time'; readonly local: string }
  /** Before that SCN, or that log. */
  | { readonly by: 'scn'; readonly scn: number }
  | { readonly by: 'sequence'; readonly sequence: number; readonly thread: number };

/** What brings a database back. RMAN knows more; what is not here is refused as a syntax error. */
export type RestoreCommand =
  | { readonly kind: 'setDbid'; readonly dbid: number }
  | {
      readonly kind: 'startup';
      readonly mode: 'nomount' | 'mount';
      readonly force: boolean;
      readonly pfile?: string;
    }
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'restoreControlFile'; readonly from: string }
  | { readonly kind: 'restoreSpfile'; readonly from: string; readonly pfile?: string }
  | { readonly kind: 'alterDatabase'; readonly action: 'mount' | 'open' | 'openResetlogs' }
  | { readonly kind: 'catalog'; readonly prefix: string }
  | { readonly kind: 'crosscheck'; readonly what: 'backup' | 'copy' }
  | { readonly kind: 'restore'; readonly scope: Scope }
  | { readonly kind: 'recover'; readonly scope: Scope; readonly hasRedo: boolean }
  /** RECOVER COPY: incrementals are merged into the image copies with a tag. */
  | { readonly kind: 'recoverCopies'; readonly tag: string }
  | {
      readonly kind: 'alterPdb';
      readonly pdb: string;
      readonly action: 'close' | 'open' | 'openResetlogs';
    }
  | { readonly kind: 'sql'; readonly text: string }
  | RunOnlyCommand;

/** Holds until the end of its run block, and may stand nowhere else. */
export type RunOnlyCommand =
  | { readonly kind: 'setUntil'; readonly until: Until }
  | { readonly kind: 'setNewname'; readonly file: number; readonly path: string }
  | { readonly kind: 'switchToCopy'; readonly file: number; readonly path: string }
  | { readonly kind: 'switchAll' };

/** Reads a command that may stand alone as well as in a run block; undefined where there is another one. */
export const readRestoreCommand = (reader: CommandReader): RestoreCommand | undefined => {
  if (reader.accept('set', 'dbid')) return { kind: 'setDbid', dbid: readNumber(reader) };
  if (reader.accept('startup')) return readStartup(reader);
  if (reader.accept('shutdown')) {
    if (!reader.accept('immediate')) reader.expect('abort');
    return { kind: 'shutdown' };
  }
  if (reader.accept('alter')) return readAlter(reader);
  if (reader.accept('catalog', 'start', 'with')) {
    const prefix = reader.string('string');
    reader.expect('noprompt');
    return { kind: 'catalog', prefix };
  }
  if (reader.accept('crosscheck')) return readCrosscheck(reader);
  if (reader.accept('restore')) return readRestore(reader);
  if (reader.accept('recover')) return readRecover(reader);
  if (reader.accept('sql')) return { kind: 'sql', text: reader.string('string') };
  return undefined;
};

/** Reads a command that has to stand in a run block; undefined where there is another one. */
export const readRunOnlyCommand = (reader: CommandReader): RunOnlyCommand | undefined => {
  if (reader.accept('set', 'until')) return { kind: 'setUntil', until: readUntil(reader) };
  if (reader.accept('set', 'newname', 'for', 'datafile')) {
    const file = readNumber(reader);
    reader.expect('to');
    return { kind: 'setNewname', file, path: reader.string('string') };
  }
  if (reader.accept('switch', 'datafile', 'all')) return { kind: 'switchAll' };
  if (reader.accept('switch', 'datafile')) {
    const file = readNumber(reader);
    reader.expect('to', 'datafilecopy');
    return { kind: 'switchToCopy', file, path: reader.string('string') };
  }
  return undefined;
};

const readNumber = (reader: CommandReader): number => Number(reader.match(/^(\d{1,15})$/, 'integer'));

const readStartup = (reader: CommandReader): RestoreCommand => {
  const force = reader.accept('force');
  if (reader.accept('mount')) return { kind: 'startup', mode: 'mount', force };
  reader.expect('nomount');
  if (!reader.accept('pfile')) return { kind: 'startup', mode: 'nomount', force };
  reader.accept('=');
  return { kind: 'startup', mode: 'nomount', force, pfile: reader.string('string') };
};

const readAlter = (reader: CommandReader): RestoreCommand => {
  if (reader.accept('pluggable', 'database')) {
    const pdb = reader.word('pluggable database').toUpperCase();
    if (reader.accept('close')) {
      reader.accept('immediate');
      return { kind: 'alterPdb', pdb, action: 'close' };
    }
    reader.expect('open');
    return { kind: 'alterPdb', pdb, action: reader.accept('resetlogs') ? 'openResetlogs' : 'open' };
  }
  reader.expect('database');
  if (reader.accept('mount')) return { kind: 'alterDatabase', action: 'mount' };
  reader.expect('open');
  return { kind: 'alterDatabase', action: reader.accept('resetlogs') ? 'openResetlogs' : 'open' };
};

const readCrosscheck = (reader: CommandReader): RestoreCommand => {
  const what = reader.accept('copy') ? 'copy' : 'backup';
  if (what === 'backup') reader.expect('backup');
  if (reader.accept('device')) reader.expect('type', 'disk');
  return { kind: 'crosscheck', what };
};

const readRestore = (reader: CommandReader): RestoreCommand => {
  if (reader.accept('controlfile', 'from')) {
    return { kind: 'restoreControlFile', from: reader.string('string') };
  }
  if (reader.accept('spfile')) {
    const pfile = reader.accept('to', 'pfile') ? reader.string('string') : undefined;
    reader.expect('from');
    const from = reader.string('string');
    return { kind: 'restoreSpfile', from, ...(pfile !== undefined && { pfile }) };
  }
  return { kind: 'restore', scope: readScope(reader) };
};

const readRecover = (reader: CommandReader): RestoreCommand => {
  if (reader.accept('copy', 'of', 'database')) {
    reader.expect('with', 'tag');
    return { kind: 'recoverCopies', tag: reader.string('tag').toUpperCase() };
  }
  const scope = readScope(reader);
  const hasRedo = !(scope.of === 'database' && reader.accept('noredo'));
  if (scope.of === 'pdb' && reader.accept('auxiliary', 'destination')) reader.string('string');
  return { kind: 'recover', scope, hasRedo };
};

const readScope = (reader: CommandReader): Scope => {
  if (reader.accept('database')) return { of: 'database' };
  if (reader.accept('tablespace')) return { of: 'tablespace', name: reader.word('tablespace').toUpperCase() };
  if (reader.accept('datafile')) return { of: 'datafile', number: readNumber(reader) };
  if (reader.accept('pluggable', 'database')) {
    return { of: 'pdb', name: reader.word('pluggable database').toUpperCase() };
  }
  return reader.refuse('controlfile', 'database', 'datafile', 'pluggable', 'spfile', 'tablespace');
};

const readUntil = (reader: CommandReader): Until => {
  if (reader.accept('scn')) return { by: 'scn', scn: readNumber(reader) };
  if (reader.accept('sequence')) {
    const sequence = readNumber(reader);
    reader.expect('thread');
    return { by: 'sequence', sequence, thread: readNumber(reader) };
  }
  reader.expect('time');
  const local = reader.match(
    /^to_date\('(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)', 'YYYY-MM-DD HH24:MI:SS'\)$/,
    "to_date('…', 'YYYY-MM-DD HH24:MI:SS')",
  );
  return { by: 'time', local: local.replace(' ', 'T') };
};
