import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, askOn } from '../../cli/restore/asker.ts';
import { offsetHere, timeText } from '../../cli/restore/describe-plan.ts';
import { restoreGuided } from '../../cli/restore/restore-guided.ts';
import { parseTime } from '../../cli/restore/wish.ts';
import { connectService } from '../../cli/service/client.ts';
import type { RestoreId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { dbid } from '../domain/recoverability/session.ts';
import { createMemoryService } from '../support/memory-service.ts';
import { arrangeNights, twoNights } from '../support/nights.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
const service = createMemoryService();
const at = ['--time', '2026-02-02T14:00:00+02:00', '--host-offset', '+02:00'];
let api: Awaited<ReturnType<typeof serveApi>>;
let points: readonly RecoveryPoint[];

beforeAll(async () => {
  ({ points } = await arrangeNights(service, twoNights, 1024));
  api = await serveApi(service, token, { credentialId: 'key-operator', role: 'operator' });
});
afterAll(() => api.close());

const environment = () => ({ HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token });
const run = (...args: string[]) => runHere(['restore', ...args], { environment: environment() });
const ordered = async (stdout: string) => {
  const [id] = /rst-\w+/.exec(stdout) ?? [];
  return service.catalog.restores.find(id as RestoreId);
};

describe('holdfast restore plan', () => {
  it('shows what is chosen and why, what is missing, the amounts, time, price and room', async () => {
    const { code, stdout } = await run('plan', '--database', 'ledger', ...at);

    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      new RegExp(`^recovery point  ${points[1]?.recoveryPointId}, taken 2026-02-02T21`),
    );
    for (const part of [
      /earliest recovery point taken at that time or later/,
      /^database {8}LEDGER \(DBID 1234567890\)/,
      /^to {14}2026-02-02T12:00:00.000Z \(2026-02-02 .* here\)/,
      /^redo {12}thread 1 through log 122/,
      /^outcome {9}COMPLETE/,
      /^missing {9}the password file: in no snapshot \(for remote SYSDBA logins\)/,
      /^files {11}6, 6\.0 KiB to write/,
      /^ {16}df1-2026-02-01 {2}datafile-backup/,
      /^fetched {9}about .* in \d+ requests/,
      /^time {12}about .*, assumed: this store has not restored anything yet/,
      /^price {11}not known/,
      /^target {10}mount mnt-.*, whose free space is not reported/,
    ]) {
      expect(
        lines.filter((line) => part.test(line)),
        String(part),
      ).toHaveLength(1);
    }
  });

  it('is one object with --json, and orders nothing', async () => {
    const { stdout } = await run('plan', String(points[0]?.recoveryPointId), '--datafile', '1', '--json');

    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'complete', written: { files: 3 } });
    expect((await service.catalog.restores.list({}, { limit: 1 })).items).toEqual([]);
  });

  it('answers with 4 where it is not certain, and with 1 where there is no point (D30)', async () => {
    const uncertain = await run('plan', '--database', dbid, '--time', '2026-02-02T12:00:00Z');
    const late = await run('plan', '--database', dbid, '--time', '2026-03-01T12:00:00Z');

    expect(uncertain).toMatchObject({ code: 4, stdout: expect.stringMatching(/outcome {9}UNKNOWN/) });
    expect(late).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/NO_SUITABLE_POINT: Suitable snapshot not found: .* Take a snapshot now/),
    });
  });

  it('does not guess the zone of a time, nor which of two parts is meant', async () => {
    const zone = await run('plan', '--database', dbid, '--time', '2026-02-02 12:00');
    const both = await run('plan', '--database', dbid, '--datafile', '1', '--set', 'NIGHT');

    expect(zone).toMatchObject({ code: 2, stderr: expect.stringMatching(/no time with its zone/) });
    expect(both).toMatchObject({ code: 2, stderr: expect.stringMatching(/cannot be used with option/) });
    expect(parseTime('2026-02-02 13:30+05:30')).toBe('2026-02-02T08:00:00.000Z');
  });
});

describe('holdfast restore start of what the service chooses', () => {
  it('orders the smallest set of files with --yes', async () => {
    const { code, stdout } = await run('start', '--database', 'LEDGER', ...at, '--yes', '--json');

    expect(code).toBe(0);
    expect(await ordered(stdout)).toMatchObject({
      recoveryPointId: points[1]?.recoveryPointId,
      paths: expect.arrayContaining([{ path: 'df1-2026-02-01' }, { path: 'cf-2026-02-01' }]),
    });
  });

  it('orders nothing where nobody can be asked and none said --yes', async () => {
    const { code, stderr } = await run('start', '--database', dbid);

    expect([code, stderr]).toEqual([1, expect.stringMatching(/nobody is there to confirm the plan/)]);
  });

  it('orders what is not certain only when that is accepted', async () => {
    const doubtful = ['start', '--database', dbid, '--time', '2026-02-02T12:00:00Z', '--yes'];

    const refused = await run(...doubtful);
    const accepted = await run(...doubtful, '--accept-doubt');

    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/the plan is unknown: .*--accept-doubt/),
    });
    expect(refused.stdout).not.toMatch(/is ordered/);
    expect(accepted.code).toBe(0);
    expect(await ordered(accepted.stdout.split('\n').at(-2) ?? '')).toMatchObject({ state: 'planned' });
  });
});

/** Answers in turn, and writes down what was asked. */
function scripted(answers: readonly string[]): Asker & { readonly shown: string[] } {
  const left = [...answers];
  const shown: string[] = [];
  const ask = async (question: string) => {
    shown.push(question);
    const answer = left.shift();
    if (answer === undefined) throw new Error(`nothing answers: ${question}`);
    return answer;
  };
  return { ask, say: (line) => void shown.push(line), close: () => {}, shown };
}

describe('holdfast restore on a terminal', () => {
  const guided = async (...answers: string[]) => {
    const asker = scripted(answers);
    await restoreGuided(connectService(environment()), asker);
    return asker.shown.join('\n');
  };

  it('asks for database, part, time and target, shows the plan, and orders it after a yes', async () => {
    const shown = await guided('ledger', '', '2026-02-02T12:00:00Z', '+02:00', '', 'yes');

    expect(shown).toMatch(/That is 2026-02-02T12:00:00\.000Z \(2026-02-02 .* here\)/);
    expect(shown).toMatch(/outcome {9}COMPLETE/);
    expect(await ordered(shown)).toMatchObject({
      state: 'planned',
      paths: expect.arrayContaining([{ path: 'df2-2026-02-01' }]),
    });
  });

  it('asks again where an answer is not clear, and takes Enter for what is usual', async () => {
    const shown = await guided('sales', '', 'everything', 'datafile 2', 'nowhere', '', 'yes');

    expect(shown).toMatch(/There is no database sales\./);
    expect(shown).toMatch(/Enter for all of it, or one of: container NAME/);
    expect(shown).toMatch(/there is no mount "nowhere"/);
    expect((await ordered(shown))?.paths).toHaveLength(4);
  });

  it('orders nothing without a yes, and says in the question that something is uncertain', async () => {
    const shown = await guided(dbid, '', '2026-02-02 12:00', 'y', '?', '', 'no');

    expect(shown).toMatch(/Order this restore although it is unknown\? Type yes: /);
    expect(shown).toMatch(/Nothing was ordered\.$/);
    expect(process.exitCode).toBe(5);
    process.exitCode = 0;
  });

  it('asks nobody where there is no terminal', async () => {
    const { code, stderr } = await run();

    expect([code, stderr]).toEqual([2, expect.stringMatching(/Without a command, on a terminal, it asks/)]);
  });

  it('ends when the input ends', async () => {
    const input = new PassThrough();
    const asker = askOn(input, new PassThrough());
    const answer = asker.ask('Which? ');
    input.end();

    await expect(answer).rejects.toThrow(/the input has ended: nothing was ordered/);
  });
});

it('times are shown in UTC and as they are here', () => {
  const instant = '2026-02-02T12:00:00.000Z';

  expect(offsetHere(instant)).toMatch(/^[+-]\d{2}:\d{2}$/);
  expect(timeText(instant)).toMatch(
    /^2026-02-02T12:00:00\.000Z \(2026-02-0[123] \d{2}:\d{2}:00 [+-]\d{2}:\d{2} here\)$/,
  );
});

describe('of what lies in an archive', () => {
  const point = () => points[1]?.recoveryPointId ?? '';
  beforeAll(async () => {
    const { objects } = await service.vault.listStorage({ prefix: 'v1/' });
    for (const { key } of objects) if (key.includes('/packs/')) service.vault.freeze('GLACIER', key);
  });

  it('a plan shows what is frozen, the tiers with hours and price, and is refused above the limit', async () => {
    const { code, stdout } = await run('plan', point(), '--thaw', 'Bulk');
    const refused = await run('plan', point(), '--thaw-limit', '0');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^archive {9}\d+ packs \(.*\) are FROZEN and are thawed first, by Bulk:$/m);
    expect(stdout).toMatch(/^ {18}Standard {2}within 5h 0m, about \$\d+\.\d\d$/m);
    expect(stdout).toMatch(/^ {16}> Bulk {6}within 12h 0m, about \$0\.00$/m);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^REFUSED {9}THAW_COST_ABOVE_LIMIT: .*thaw by Bulk/m);
  });

  it('an order says how it is thawed, and shows what it waits for', async () => {
    const { stdout } = await run('start', point(), '--yes', '--thaw', 'Expedited', '--thaw-limit', '5');
    const restore = await ordered(stdout);
    const restoreId = restore?.restoreId as RestoreId;
    const expectedAt = '2026-02-03T01:00:00.000Z' as Instant;
    const thaw = { tier: 'Expedited', packs: 3, bytes: 2048, usd: 1.5, expectedAt } as const;
    await service.catalog.restores.noteThaw(restoreId, 0, thaw);

    const shown = await run('show', restoreId);

    expect(restore?.thaw).toEqual({ tier: 'Expedited', maxUsd: 5 });
    expect(shown.stdout).toMatch(/^rst-\w+ {2}thawing$/m);
    expect(shown.stdout).toContain(
      '3 packs (2.0 KiB) are thawed from the archive, by Expedited, expected by 2026-02-03T01:00:00.000Z, about $1.50',
    );
  });

  it('says what it does not understand of a tier or an amount', async () => {
    expect((await run('plan', point(), '--thaw', 'Fast')).stderr).toMatch(/Expedited, Standard, Bulk/);
    expect((await run('plan', point(), '--thaw-limit', 'much')).stderr).toMatch(/no amount of US dollars/);
    const tooMuch = await run('start', point(), '--yes', '--thaw-limit', '500');
    expect([tooMuch.code, tooMuch.stderr]).toEqual([1, expect.stringMatching(/an admin may order it/)]);
  });
});
