import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStage } from '../../infra/stage.ts';

const whole = {
  name: 'prod-1',
  account: '123456789012',
  region: 'eu-central-1',
  alarmEmails: ['dba@example.com'],
  storeHeartbeatSeconds: 600,
  storePollSeconds: 60,
  backupQuota: 200,
  objectLock: { mode: 'compliance', days: 35 },
  archive: { class: 'DEEP_ARCHIVE', coldAfterDays: 120, maxThawUsd: 500 },
  thawPollSeconds: 1800,
  logRetentionDays: 365,
  reserveConcurrency: true,
  accountConcurrency: 500,
  commitConcurrency: 50,
};

describe('a stage', () => {
  it('needs no setting at all', () => {
    expect(readStage(undefined)).toEqual({
      name: 'main',
      alarmEmails: [],
      storeHeartbeatSeconds: 300,
      storePollSeconds: 30,
      backupQuota: 50,
      thawPollSeconds: 900,
      logRetentionDays: 30,
      reserveConcurrency: true,
      accountConcurrency: 1000,
      commitConcurrency: 20,
    });
  });

  it('has every setting explained, with its default', () => {
    const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'deploy.md'), 'utf8');
    const explained = [...document.matchAll(/^\| `(\w+)` \| (?:`?([\w]+)`?)? ?/gm)].map(([, name, value]) => [
      name,
      value,
    ]);
    const { account, region, alarmEmails, ...defaults } = {
      objectLock: 'none',
      archive: 'none',
      account: 'from',
      region: 'from',
      ...readStage({}),
    };

    expect(Object.fromEntries(explained)).toEqual({
      ...{ account, region, alarmEmails: alarmEmails.length === 0 ? 'none' : '' },
      ...Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, String(value)])),
    });
    expect(explained.map(([name]) => name).sort()).toEqual(Object.keys(whole).sort());
  });

  it('is read from an object or from JSON', () => {
    expect(readStage(whole)).toEqual(whole);
    expect(readStage(JSON.stringify(whole))).toEqual(whole);
  });

  it.each([
    ['name', 'Prod', 'name: up to 21 small letters'],
    ['name', 'a'.repeat(22), 'name: up to 21 small letters'],
    ['account', 123456789012, 'account: '],
    ['account', '1234', 'account: an AWS account has 12 digits'],
    ['region', 'Frankfurt', 'region: the name of a region'],
    ['alarmEmails', ['nobody'], 'alarmEmails.0: an e-mail address'],
    ['alarmEmails', 'dba@example.com', 'alarmEmails: '],
    ['storeHeartbeatSeconds', 1, 'storeHeartbeatSeconds: '],
    ['storePollSeconds', 0.5, 'storePollSeconds: '],
    ['backupQuota', 0, 'backupQuota: '],
    ['logRetentionDays', 31, 'logRetentionDays: '],
    ['reserveConcurrency', 'no', 'reserveConcurrency: '],
    ['commitConcurrency', 0, 'commitConcurrency: '],
    ['objectLock', true, 'objectLock: '],
    ['objectLock', { mode: 'none', days: 30 }, 'objectLock.mode: '],
    ['objectLock', { mode: 'compliance', days: 0 }, 'objectLock.days: '],
  ])('with %s %j is refused, saying which setting is wrong', (name, value, problem) => {
    expect(() => readStage({ ...whole, [name]: value })).toThrow(problem);
  });

  it('with several mistakes has all of them listed', () => {
    const read = () =>
      readStage({ name: '', region: 'x', logRetentionDays: 1, alarmEmail: 'dba@example.com' });

    for (const part of ['name:', 'region:', 'logRetentionDays:', 'alarmEmail']) expect(read).toThrow(part);
  });

  it.each(['{"name":', 'main'])('%s that is not JSON is refused as such', (text) => {
    expect(() => readStage(text)).toThrow('is not JSON');
  });

  it.each([[[]], [7], ['"main"']])('%j that is no object is refused', (value) => {
    expect(() => readStage(value)).toThrow('stage: ');
  });

  it('that would reserve more than Lambda allows is refused before CloudFormation refuses it', () => {
    const problem = 'accountConcurrency: the functions reserve 51 of it, and Lambda wants 100 left';

    expect(() => readStage({ accountConcurrency: 150 })).toThrow(problem);
    expect(readStage({ accountConcurrency: 151 }).reserveConcurrency).toBe(true);
    expect(readStage({ accountConcurrency: 10, reserveConcurrency: false }).accountConcurrency).toBe(10);
  });
});
