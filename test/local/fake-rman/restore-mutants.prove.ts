import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDatabase } from '../../../local/fake-rman/database.ts';
import { scnAtEndOf } from '../../../local/fake-rman/workload.ts';
import type { ScriptOrder } from '../../../shared/domain/rman-scripts/script-order.ts';
import { changeValues, dropLines, isHarmless, type Mutant, swapLines } from './mutants.ts';
import type { Host } from './nights.ts';
import { copyNights, mergedNights, pdb, RestoreSite, runScripts, scriptText } from './restore-site.ts';

const site = new RestoreSite();
const copySite = new RestoreSite();
const mergedSite = new RestoreSite();
const clusterSite = new RestoreSite();
beforeAll(async () => {
  await site.prepare();
  await copySite.prepare(copyNights);
  await mergedSite.prepare(mergedNights);
  await clusterSite.prepare(undefined, { FAKE_RMAN_THREADS: '2' });
}, 60_000);
afterAll(() => {
  for (const each of [site, copySite, mergedSite, clusterSite]) each.remove();
});

const newFolder = join(site.root, 'new oradata');
const moment = { by: 'time', local: '2026-04-10T13:00:00' } as const;
const scnOfMoment = scnAtEndOf(2) + Math.floor((100_000 * 11.5) / 12);

interface Case {
  readonly title: string;
  readonly from: RestoreSite;
  readonly order: Omit<ScriptOrder, 'stagedAt'>;
  readonly scripts: readonly string[];
  /** The files that were lost of an open database; without them all of it was. */
  readonly lost?: readonly number[];
  readonly scn: number;
}

const restoreOnly = ['restore.rman'];
const cases: readonly Case[] = [
  {
    title: 'backup sets',
    from: site,
    order: { aim: { kind: 'sets' } },
    scripts: restoreOnly,
    scn: scnAtEndOf(3),
  },
  {
    title: 'backup sets, to a moment',
    from: site,
    order: { aim: { kind: 'sets' }, end: moment },
    scripts: restoreOnly,
    scn: scnOfMoment,
  },
  {
    title: 'image copies',
    from: copySite,
    order: { aim: { kind: 'copies' } },
    scripts: restoreOnly,
    scn: scnAtEndOf(3),
  },
  {
    title: 'image copies that incrementals were merged into',
    from: mergedSite,
    order: { aim: { kind: 'copies' } },
    scripts: restoreOnly,
    scn: scnAtEndOf(3),
  },
  {
    title: 'a database of two instances',
    from: clusterSite,
    order: { aim: { kind: 'sets' }, end: moment },
    scripts: restoreOnly,
    scn: scnOfMoment,
  },
  {
    title: 'another host',
    from: site,
    order: { aim: { kind: 'new-host', newFolder } },
    scripts: ['parameter-file.rman', 'restore.rman', 'open.rman'],
    scn: scnAtEndOf(3),
  },
  {
    title: 'a PDB',
    from: site,
    order: { aim: { kind: 'pdb', pdb } },
    scripts: restoreOnly,
    lost: [5, 6],
    scn: scnAtEndOf(4),
  },
  {
    title: 'a PDB, to a moment',
    from: site,
    order: { aim: { kind: 'pdb', pdb, auxiliaryFolder: join(site.root, 'aux') }, end: moment },
    scripts: restoreOnly,
    lost: [5, 6],
    scn: scnOfMoment,
  },
  {
    title: 'a tablespace',
    from: site,
    order: { aim: { kind: 'tablespace', tablespace: 'USERS' } },
    scripts: restoreOnly,
    lost: [4],
    scn: scnAtEndOf(4),
  },
  {
    title: 'a datafile',
    from: site,
    order: { aim: { kind: 'datafile', datafile: 2 } },
    scripts: restoreOnly,
    lost: [2],
    scn: scnAtEndOf(4),
  },
  {
    title: 'a datafile of SYSTEM',
    from: site,
    order: { aim: { kind: 'datafile', datafile: 1 } },
    scripts: restoreOnly,
    lost: [1],
    scn: scnAtEndOf(4),
  },
];

/** `wrong`: everything went well, and what is open is not what was ordered. */
type Outcome = 'right' | 'failed' | 'wrong';

async function outcomeOf({ from, lost, scn, order }: Case, texts: readonly string[]): Promise<Outcome> {
  if (order.aim.kind === 'copies') from.stage();
  rmSync(newFolder, { recursive: true, force: true });
  mkdirSync(newFolder);
  const isElsewhere = order.aim.kind === 'new-host';
  const emptyHost = () => (isElsewhere ? from.otherHost() : from.emptyHost());
  const host = lost === undefined ? emptyHost() : await from.damagedHost(lost);
  const { exitCode } = await runScripts(host, texts);
  if (exitCode !== 0 || !(await isOpen(host))) return 'failed';
  if ((await from.difference(host, scn, lost)) !== undefined) return 'wrong';
  const database = await findDatabase(host.database);
  const isPlaced = database?.datafiles.every(({ name }) => !isElsewhere || name.startsWith(newFolder));
  return isPlaced ? 'right' : 'wrong';
}

async function isOpen(host: Host): Promise<boolean> {
  const path = join(host.database, 'instance.json');
  const isUp = !existsSync(path) || JSON.parse(readFileSync(path, 'utf8')).status === 'open';
  const database = await findDatabase(host.database);
  return isUp && database?.offline.length === 0 && database.closedPdbs.length === 0;
}

describe.each(cases)('the script for $title', (each) => {
  const written = () => {
    const answer = each.from.scripts(each.order);
    return each.scripts.map((name) => scriptText(answer, name));
  };
  const run = async (make: (text: string) => readonly Mutant[]) => {
    const texts = written();
    const outcomes: { readonly mutant: Mutant; readonly outcome: Outcome }[] = [];
    for (const [index, text] of texts.entries()) {
      for (const mutant of make(text)) {
        outcomes.push({ mutant, outcome: await outcomeOf(each, texts.with(index, mutant.text)) });
      }
    }
    return outcomes;
  };

  it('does what it is for', async () => {
    expect(await outcomeOf(each, written())).toBe('right');
  });

  it('fails without any of its lines, but those that do no harm', async () => {
    const outcomes = await run(dropLines);

    const unexpected = outcomes.filter(
      ({ mutant, outcome }) => outcome !== (isHarmless(mutant) ? 'right' : 'failed'),
    );
    expect(unexpected.map(({ mutant, outcome }) => `${mutant.title}: ${outcome}`)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(6);
  });

  it('fails or does the same when two of its lines change places: never something else', async () => {
    const outcomes = await run(swapLines);

    expect(outcomes.filter(({ outcome }) => outcome === 'wrong').map(({ mutant }) => mutant.title)).toEqual(
      [],
    );
  });

  it('does not do the same with another number, name or path', async () => {
    const outcomes = await run(changeValues);

    const same = outcomes.filter(({ mutant, outcome }) => outcome === 'right' && !isHarmless(mutant));
    expect(same.map(({ mutant }) => mutant.title)).toEqual([]);
  });
});
