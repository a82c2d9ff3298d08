import type { Deletion, ImageCopy } from '../../../../shared/domain/rman/result/map.ts';
import { knows, say, type Tongue } from './render.ts';

export const pad = (number: number): string => String(number).padStart(5, '0');
export const clock = (seconds: number): string =>
  [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');

export const DATE = '2031-05-17 04:11:09';
export const ROOT = '/backups/model';

/** Image copies, one after the other on the first channel. None in a tongue without known words for them. */
export const writeCopies = (count: number, tongue: Tongue): { lines: string[]; copies: ImageCopy[] } => {
  const isKnown = knows(tongue, 'copyStarted', { channel: '' });
  const copies = Array.from(
    { length: isKnown ? count : 0 },
    (_, index): ImageCopy => ({
      channel: 'CH_1',
      file: 900 + index,
      name: `/data/model/copied ${index}.dbf`,
      output: `${ROOT}/data_D-MODEL_I-4200000042_TS-USERS_FNO-${900 + index}_xy`,
      tag: 'MODEL COPY',
      recid: 70 + index,
      stamp: 1_100_000_100,
      elapsedSeconds: 61,
    }),
  );
  const lines = copies.flatMap(({ channel, file, name, output, tag = '', recid, stamp }) => [
    say(tongue, 'copyStarted', { channel }),
    say(tongue, 'inputDatafile', { file: pad(file), name }),
    say(tongue, 'copyOutput', { output, tag, recid: String(recid), stamp: String(stamp) }),
    say(tongue, 'copyCompleted', { channel, elapsed: clock(61) }),
  ]);
  return { lines, copies };
};

/** The deletion of two older pieces. */
export const writeDeletions = (tongue: Tongue): { lines: string[]; deletions: Deletion[] } => {
  const deletions: Deletion[] = [1, 2].map((recid) => ({
    type: 'backuppiece',
    handle: `/backups/older/piece${recid}`,
    recid,
    stamp: 1_090_000_000,
  }));
  const lines = [1, 2].flatMap((recid) => [
    say(tongue, 'pieceDeleted', {}),
    say(tongue, 'pieceObject', {
      handle: `/backups/older/piece${recid}`,
      recid: String(recid),
      stamp: '1090000000',
    }),
  ]);
  return { lines, deletions };
};

/** The autobackup after the job. */
export const writeAutobackup = (
  tongue: Tongue,
): { lines: string[]; autobackups: { handle: string; comment: string }[] } => {
  const handle = `${ROOT}/c-4200000042-20310517-00`;
  const command = 'Control File and SPFILE Autobackup';
  return {
    lines: [
      say(tongue, 'commandStarted', { command, date: DATE }),
      say(tongue, 'pieceHandle', { handle, comment: 'NONE' }),
      say(tongue, 'commandFinished', { command, date: DATE }),
    ],
    autobackups: [{ handle, comment: 'NONE' }],
  };
};
