import { writeBlocks } from './block-writer.ts';
import { runBackup } from './channel-work.ts';
import type { JobCommand } from './commands.ts';
import type { Datafile } from './database.ts';
import { expandFormat, imageCopyValues } from './file-name.ts';
import { imageCopyBlocks, makeDatafile, stateInBackup } from './image-copy.ts';
import { formatElapsed, stampOf } from './oracle-date.ts';
import { defaultTag, type Session, secondsToWrite } from './session.ts';

type CopyCommand = Extract<JobCommand, { kind: 'copyDatabase' }>;

const fileNumber = ({ number }: Datafile): string => String(number).padStart(5, '0');

/** BACKUP AS COPY … DATABASE: one image copy for each datafile, the largest first. */
export const copyDatabase = async (
  session: Session,
  command: Omit<CopyCommand, 'kind'>,
  datafiles: readonly Datafile[] = session.database.datafiles,
): Promise<void> => {
  const tag = command.tag ?? defaultTag(session);
  const largestFirst = datafiles.toSorted((one, other) => other.sizeMib - one.sizeMib);
  const failing = session.settings.FAKE_RMAN_FAIL === 'copy' ? largestFirst[1] : undefined;
  const makeJobs = () =>
    largestFirst.map((datafile) => ({ datafile, seconds: secondsToWrite(datafile.sizeMib) }));
  await runBackup(session, makeJobs, {
    start: ({ channel, job: { datafile } }) =>
      session.say(
        `channel ${channel}: starting datafile copy`,
        `input datafile file number=${fileNumber(datafile)} name=${datafile.name}`,
      ),
    finish: async ({ channel, job: { datafile, seconds } }) => {
      const recid = ++session.database.lastCopyRecid;
      const path = await writeCopy(session, { ...command, tag }, datafile, recid, datafile === failing);
      session.say(
        `output file name=${path} tag=${tag} RECID=${recid} STAMP=${stampOf(session.clock.now())}`,
        `channel ${channel}: datafile copy complete, elapsed time: ${formatElapsed(seconds)}`,
      );
    },
  });
};

const writeCopy = async (
  { database, settings, clock }: Session,
  { reuse, format, tag }: { readonly reuse: boolean; readonly format: string; readonly tag: string },
  datafile: Datafile,
  recid: number,
  isFailing: boolean,
): Promise<string> => {
  const now = clock.now();
  const path = expandFormat(format, imageCopyValues(database, now, { ...datafile, recid }));
  const blocks = imageCopyBlocks(datafile);
  await writeBlocks(path, blocks, makeDatafile(database, datafile, stateInBackup(database, now)), {
    reuse,
    delayMsPerMib: settings.FAKE_RMAN_DELAY_MS_PER_MIB,
    failAtBlock: isFailing ? Math.floor(blocks / 2) : undefined,
  });
  database.copies = [
    ...database.copies.filter((copy) => copy.path !== path),
    { path, file: datafile.number, tag },
  ];
  return path;
};
