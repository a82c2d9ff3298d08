import type { MountId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { rowsOf, type ServiceClient } from '../service/client.ts';
import { findMountId } from '../service/find-mount.ts';
import { forTerminal } from '../service/print-rows.ts';
import type { Asker } from './asker.ts';
import { offsetHere, timeText } from './describe-plan.ts';
import { parseTime, type Wish } from './wish.ts';

export interface Answers {
  readonly wish: Wish;
  readonly targetMountId?: MountId | undefined;
}

/** Asks what to restore: the database, what of it, the time, and where to. Every question takes Enter for what is usual. */
export async function interview(service: ServiceClient, asker: Asker): Promise<Answers> {
  const database = await askDatabase(service, asker);
  const part = await again(asker, () => askPart(asker));
  const isWhole = part === undefined || 'container' in part;
  const time = isWhole ? await again(asker, () => askTime(asker)) : undefined;
  const hostOffset = time === undefined ? undefined : await again(asker, () => askOffset(asker, time));
  const targetMountId = await again(asker, () => askTarget(service, asker));
  const wish = {
    database,
    ...(part && { part }),
    ...(time !== undefined && { time }),
    ...(hostOffset !== undefined && { hostOffset }),
  };
  return { wish, targetMountId };
}

/** Until the answer can be read. */
async function again<Answer>(asker: Asker, question: () => Promise<Answer | Misread>): Promise<Answer> {
  for (;;) {
    const answer = await question();
    if (!(answer instanceof Misread)) return answer;
    asker.say(`  ${answer.why}`);
  }
}

class Misread {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

async function askDatabase(service: ServiceClient, asker: Asker): Promise<string> {
  const databases = await Array.fromAsync(rowsOf((query) => service.call('listDatabases', { query })));
  const [only] = databases;
  if (only === undefined) {
    throw new Error('no recovery point has files of a database: restore a point with holdfast restore start');
  }
  asker.say('Databases with backups:');
  for (const { databaseId, name, lastPointAt } of databases) {
    asker.say(forTerminal(`  ${databaseId.padEnd(12)} ${name ?? '-'}  newest point ${lastPointAt}`));
  }
  const usual = databases.length === 1 ? only.databaseId : undefined;
  return again(asker, async () => {
    const text = await asker.ask(
      `Which database (name or DBID)${usual === undefined ? '' : ` [${usual}]`}? `,
    );
    if (text === '') return usual ?? new Misread('Name one of them.');
    const isMeant = databases.some((each) =>
      [each.databaseId, each.name, each.uniqueName].some(
        (name) => name?.toLowerCase() === text.toLowerCase(),
      ),
    );
    return isMeant ? text : new Misread(`There is no database ${text}.`);
  });
}

const partForms =
  'Enter for all of it, or one of: container NAME, tablespace NAME, datafile NUMBER, set KEY|PIECE|TAG';

async function askPart(asker: Asker): Promise<Wish['part'] | Misread> {
  const text = await asker.ask('What of it [all]? ');
  if (text === '' || text === 'all') return undefined;
  const [, kind, name] = /^(container|tablespace|datafile|set)\s+(\S.*)$/i.exec(text) ?? [];
  switch (kind?.toLowerCase()) {
    case 'container':
      return { container: name ?? '' };
    case 'tablespace':
      return { tablespace: name ?? '' };
    case 'datafile':
      return { datafile: name ?? '' };
    case 'set':
      return { backupSet: name ?? '' };
    default:
      return new Misread(`${partForms}.`);
  }
}

async function askTime(asker: Asker): Promise<Instant | undefined | Misread> {
  const text = await asker.ask('To which time, like 2026-01-31 13:00 [as late as possible]? ');
  if (text === '') return undefined;
  const zoned = /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : await withZone(asker, text);
  try {
    const time = parseTime(zoned);
    asker.say(`  That is ${timeText(time)}.`);
    return time;
  } catch (error) {
    return new Misread(error instanceof Error ? error.message : String(error));
  }
}

async function withZone(asker: Asker, text: string): Promise<string> {
  const isUtc = /^y/i.test(await asker.ask('Is that UTC [no: the time of this machine]? '));
  const local = new Date(text.replace(' ', 'T'));
  return isUtc || Number.isNaN(local.getTime()) ? `${text}Z` : local.toISOString();
}

async function askOffset(asker: Asker, time: Instant): Promise<string | undefined | Misread> {
  const here = offsetHere(time);
  const text = await asker.ask(
    `The database host's offset from UTC at that time, or ? where you do not know it [${here}, as this machine]? `,
  );
  if (text === '?') return undefined;
  if (text === '') return here;
  return /^[+-](?:0\d|1[0-4]):[0-5]\d$/.test(text) ? text : new Misread('An offset looks like +02:00.');
}

async function askTarget(service: ServiceClient, asker: Asker): Promise<MountId | undefined | Misread> {
  const text = await asker.ask('To which mount (name, STORE/NAME or id) [where it came from]? ');
  if (text === '') return undefined;
  try {
    return await findMountId(service, text);
  } catch (error) {
    return new Misread(error instanceof Error ? error.message : String(error));
  }
}
