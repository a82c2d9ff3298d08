import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryService } from '../support/memory-service.ts';
import { arrangeAgent, operator } from '../support/requesting.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
const service = createMemoryService();
let api: Awaited<ReturnType<typeof serveApi>>;
let storeId = '';
beforeAll(async () => {
  const { mount } = await arrangeAgent(service);
  storeId = mount.storeId;
  api = await serveApi(service, token, operator);
});
afterAll(() => api.close());

const holdfast = (...words: string[]) =>
  runHere(['request', ...words], { environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token } });

describe('holdfast request', () => {
  it('starts a backup, says that the first is full, shows it, lists it and aborts it', async () => {
    const started = await holdfast(
      'start',
      'mount-1',
      '--database',
      'SALES',
      '--level',
      '1',
      '--expire',
      '3w',
    );
    const requestId = /bkr-\w+/.exec(started.stdout)?.[0] ?? '';
    const shown = await holdfast('show', requestId, '--json');
    const listed = await holdfast('list', '--store', storeId, '--database', 'SALES');
    const aborted = await holdfast('abort', requestId);

    expect(started.stdout).toContain('full backup of SALES, 0 %; service moves it on by');
    expect(started.stdout).toContain('full: database SALES has no backup yet');
    expect(JSON.parse(shown.stdout)).toMatchObject({ requestId, level: 0, askedLevel: 1, expire: '3w' });
    expect(listed.stdout).toMatch(new RegExp(`${requestId} +SALES +0 +planned +0 %`));
    expect(aborted.stdout).toContain('is aborted');
  });

  it.each([
    [['start', 'mount-1', '--database', 'SALES', '--level', 'x'], 'a level is 0 to 9'],
    [['start', 'mount-1', '--database', 'SALES', '--incremental', '--level', '1'], 'leave --level'],
    [['start', 'mount-1', '--database', 'SALES', '--window-ends', 'noon'], 'a time with its zone'],
    [['start', 'mount-1', '--database', 'CRM'], 'has no database CRM'],
    [['start', 'mount-1', '--database', 'SALES', '--level', '5'], 'makes 0 to 1'],
  ])('refuses %j and says why', async (words, why) => {
    const { code, stderr } = await holdfast(...words);

    expect(code).not.toBe(0);
    expect(stderr).toContain(why);
  });
});
