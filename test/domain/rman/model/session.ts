import fc from 'fast-check';
import type { BackupSet, RmanMap } from '../../../../shared/domain/rman/result/map.ts';
import { clock, DATE, pad, ROOT, writeAutobackup, writeCopies, writeDeletions } from './other-work.ts';
import { knows, say, type Tongue } from './render.ts';

/** What the channels of a model do: sets, their pieces, the files in them. */
export interface PlannedSet {
  readonly kind: 'full' | 'incremental' | 'archivelog' | 'controlfile' | 'spfile';
  readonly level: number;
  readonly compressed: boolean;
  readonly files: number;
  readonly pieces: number;
  readonly withSpfile: boolean;
  readonly elapsed: number;
}

export interface PlannedSession {
  readonly channels: readonly (readonly PlannedSet[])[];
  readonly copies: number;
  readonly deletes: boolean;
  readonly autobackup: boolean;
}

export const plannedSessions: fc.Arbitrary<PlannedSession> = fc.record({
  channels: fc.array(
    fc.array(
      fc.record({
        kind: fc.constantFrom('full', 'incremental', 'archivelog', 'controlfile', 'spfile'),
        level: fc.integer({ min: 0, max: 4 }),
        compressed: fc.boolean(),
        files: fc.integer({ min: 1, max: 3 }),
        pieces: fc.integer({ min: 1, max: 3 }),
        withSpfile: fc.boolean(),
        elapsed: fc.integer({ min: 0, max: 200_000 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    { minLength: 1, maxLength: 4 },
  ),
  copies: fc.integer({ min: 0, max: 2 }),
  deletes: fc.boolean(),
  autobackup: fc.boolean(),
});

/** Lines that RMAN prints together. Files are listed without another channel's announcement in between. */
interface Unit {
  readonly lines: readonly string[];
  readonly opens?: true;
  readonly closes?: true;
}

/** A log and what it means. */
export interface ModelLog {
  readonly text: string;
  readonly truth: Pick<
    RmanMap,
    'databases' | 'backupSets' | 'imageCopies' | 'autobackups' | 'deletions' | 'errors' | 'status'
  >;
}

/** Writes the session down. `choose` picks the channel that prints next, out of how many could. */
export const writeSession = (
  plan: PlannedSession,
  tongue: Tongue,
  choose: (count: number) => number,
): ModelLog => {
  let serial = 0;
  const units: Unit[][] = [];
  const sets = new Map<string, BackupSet>();
  plan.channels.forEach((planned, index) => {
    const channel = `CH_${index + 1}`;
    const ofChannel: Unit[] = [];
    for (const each of planned) {
      serial += 1;
      const written = writeSet(each, channel, serial, tongue);
      ofChannel.push(...written.units);
      sets.set(written.set.pieces[0]?.handle ?? '', written.set);
    }
    units.push(ofChannel);
  });
  const { lines, announced } = interleave(units, choose);
  const copies = writeCopies(plan.copies, tongue);
  const deletions = plan.deletes ? writeDeletions(tongue) : { lines: [], deletions: [] };
  const autobackup = plan.autobackup ? writeAutobackup(tongue) : { lines: [], autobackups: [] };
  const text = [
    ...(knows(tongue, 'targetConnected', { name: '', dbid: '' })
      ? [`${say(tongue, 'targetConnected', { name: 'MODEL', dbid: '4200000042' })})`]
      : []),
    '',
    ...plan.channels.map((_, index) =>
      say(tongue, 'channelSession', { channel: `CH_${index + 1}`, sid: String(100 + index), device: 'DISK' }),
    ),
    say(tongue, 'commandStarted', { command: 'backup', date: DATE }),
    ...lines,
    ...copies.lines,
    say(tongue, 'commandFinished', { command: 'backup', date: DATE }),
    ...deletions.lines,
    '',
    ...autobackup.lines,
    '',
  ].join('\n');
  return {
    text,
    truth: {
      databases: [{ name: 'MODEL', dbid: '4200000042' }],
      backupSets: announced.map((handle) => sets.get(handle) as BackupSet),
      imageCopies: copies.copies,
      autobackups: autobackup.autobackups,
      deletions: deletions.deletions,
      errors: [],
      status: 'completed',
    },
  };
};

const announcementOf = (
  { kind, level, compressed }: PlannedSet,
  channel: string,
  tongue: Tongue,
): { line: string; compressed: boolean } => {
  const name = kind === 'archivelog' ? 'LogSet' : kind === 'incremental' ? 'IncrementalSet' : 'FullSet';
  const values = { channel, ...(kind === 'incremental' && { level: String(level) }) };
  const plain = `${name[0]?.toLowerCase()}${name.slice(1)}` as 'fullSet' | 'logSet' | 'incrementalSet';
  const packed = `compressed${name}` as 'compressedFullSet' | 'compressedLogSet' | 'compressedIncrementalSet';
  const isPacked = compressed && knows(tongue, packed, values);
  return { line: say(tongue, isPacked ? packed : plain, values), compressed: isPacked };
};

const writeSet = (
  plan: PlannedSet,
  channel: string,
  serial: number,
  tongue: Tongue,
): { units: Unit[]; set: BackupSet } => {
  const { kind, files, elapsed } = plan;
  const announcement = announcementOf(plan, channel, tongue);
  const numbers = Array.from({ length: files }, (_, index) => serial * 10 + index);
  const holdsDatafiles = kind === 'full' || kind === 'incremental';
  const inputs = holdsDatafiles
    ? numbers.map((file) =>
        say(tongue, 'inputDatafile', { file: pad(file), name: `/data/model/file ${file}.dbf` }),
      )
    : kind === 'archivelog'
      ? numbers.map((sequence) =>
          say(tongue, 'inputLog', {
            thread: '1',
            sequence: String(sequence),
            recid: String(sequence + 1),
            stamp: '1100000000',
          }),
        )
      : [];
  const hasSpfile = kind === 'spfile' || (kind === 'controlfile' && plan.withSpfile);
  const included = [
    ...(kind === 'controlfile' ? [lineOfControlFile(tongue)] : []),
    ...(hasSpfile ? [lineOfSpfile(tongue)] : []),
  ];
  const pieces = Array.from({ length: plan.pieces }, (_, index) => index + 1).map((piece) => ({
    handle: `${ROOT}/set${serial}_${piece}_1`,
    tag: 'MODEL RUN',
    piece,
    comment: 'NONE',
    finishedAt: DATE,
  }));
  const units: Unit[] = [
    { lines: [announcement.line, say(tongue, 'inputsFollow', { channel }), ...inputs], opens: true },
    ...(included.length > 0 ? [{ lines: included }] : []),
    ...pieces.flatMap(({ piece, handle, tag, comment }, index): Unit[] => [
      {
        lines: [say(tongue, 'pieceStarted', { channel, piece: String(piece), date: DATE })],
        ...(index === 0 && { closes: true }),
      },
      {
        lines: [
          say(tongue, 'pieceFinished', { channel, piece: String(piece), date: DATE }),
          say(tongue, 'pieceHandle', { handle, tag, comment }),
        ],
      },
    ]),
    { lines: [say(tongue, 'setCompleted', { channel, elapsed: clock(elapsed) })] },
  ];
  const set: BackupSet = {
    channel,
    kind,
    ...((kind === 'controlfile' || kind === 'spfile') && { announcedAs: 'full' }),
    ...(kind === 'incremental' && { level: plan.level }),
    compressed: announcement.compressed,
    pieces,
    ...(holdsDatafiles && {
      datafiles: numbers.map((file) => ({ file, name: `/data/model/file ${file}.dbf` })),
    }),
    ...(kind === 'archivelog' && {
      archivelogs: numbers.map((sequence) => ({
        thread: 1,
        sequence,
        recid: sequence + 1,
        stamp: 1_100_000_000,
      })),
    }),
    includesControlFile: kind === 'controlfile',
    includesSpfile: hasSpfile,
    startedAt: DATE,
    elapsedSeconds: elapsed,
  };
  return { units, set };
};

/** In Japanese no wording is known: RMAN's word for the control file stands for it. */
const lineOfControlFile = (tongue: Tongue): string =>
  knows(tongue, 'controlFileIncluded', {})
    ? say(tongue, 'controlFileIncluded', {})
    : 'セットに現行の制御ファイルを含めます';

const lineOfSpfile = (tongue: Tongue): string =>
  knows(tongue, 'spfileIncluded', {}) ? say(tongue, 'spfileIncluded', {}) : 'セットに現行のSPFILEを含めます';

/** Channels print when they have something to say; while one lists its files the others only end what they are at. */
const interleave = (
  units: Unit[][],
  choose: (count: number) => number,
): { lines: string[]; announced: string[] } => {
  const waiting = units.map((each) => [...each]);
  const lines: string[] = [];
  const announced: string[] = [];
  let listing: number | undefined;
  for (;;) {
    const able = waiting.flatMap((ofChannel, index) => {
      const [next] = ofChannel;
      if (!next || (listing !== undefined && listing !== index && next.opens)) return [];
      return [index];
    });
    const index = able[choose(able.length)];
    if (index === undefined) return { lines, announced };
    const unit = waiting[index]?.shift() as Unit;
    if (unit.opens) {
      listing = index;
      announced.push(firstHandle(waiting[index] ?? []));
    }
    if (unit.closes && listing === index) listing = undefined;
    lines.push(...unit.lines);
  }
};

const firstHandle = (units: readonly Unit[]): string =>
  /\/backups\/model\/set\d+_1_1/.exec(
    units.flatMap(({ lines }) => lines).find((line) => line.includes(ROOT)) ?? '',
  )?.[0] ?? '';
