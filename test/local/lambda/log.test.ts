import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Deployment } from '../../../local/lambda/deployment.ts';
import { FunctionRunner } from '../../../local/lambda/function-runner.ts';
import { openLogFile } from '../../../local/lambda/log-file.ts';
import { startTestLambda, temporaryFolder, writeFunction } from './lambda-fixture.ts';

describe('the log of a function', () => {
  it('has what the function wrote, in order, between the lines of Lambda', async () => {
    const code = `console.log('loading');
      export const handler = async () => {
        process.stdout.write('raw\\n');
        console.error('bad %s', 'thing', { n: 1 });
        console.debug('fine');
        process.stderr.write(Buffer.from('bytes\\n'));
      };`;
    const lambda = await startTestLambda([await writeFunction(code)]);

    await lambda.call('subject');

    const id = '[0-9a-f-]{36}';
    const time = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z';
    const number = '[\\d.]+';
    const lines = [
      'INIT_START Runtime Version: nodejs:24 \\(v24\\.[\\d.]+\\)',
      `${time}\tundefined\tINFO\tloading`,
      `START RequestId: ${id} Version: \\$LATEST`,
      'raw',
      `${time}\t${id}\tERROR\tbad thing \\{ n: 1 \\}`,
      `${time}\t${id}\tDEBUG\tfine`,
      'bytes',
      `END RequestId: ${id}`,
      `REPORT RequestId: ${id}\tDuration: ${number} ms\tBilled Duration: \\d+ ms\tMemory Size: 256 MB\t` +
        `Max Memory Used: \\d+ MB\tInit Duration: ${number} ms`,
    ];
    expect(await lambda.readLog('subject')).toMatch(new RegExp(`^${lines.join('\n')}\n$`));
  });

  it('shows a warm invocation without an init, and an error with its stack', async () => {
    const lambda = await startTestLambda([
      await writeFunction(
        "export const handler = async (e) => { if (e.x) throw new RangeError('too far'); };",
      ),
    ]);
    await lambda.call('subject');

    await lambda.call('subject', { x: 1 });

    const log = await lambda.readLog('subject');
    expect(log.match(/INIT_START/g)).toHaveLength(1);
    expect(log.match(/Init Duration/g)).toHaveLength(1);
    expect(log).toMatch(
      /\tERROR\tInvoke Error \t\{"errorType":"RangeError","errorMessage":"too far","stack":\["RangeError: too far",/,
    );
  });

  it('says why an environment ended', async () => {
    const code = `export const handler = async ({ act }) => {
      if (act === 'exit') process.exit(7);
      if (act === 'reject') Promise.reject(new RangeError('nobody waits'));
      if (act === 'hang') await new Promise((r) => setTimeout(r, 60_000));
    };`;
    const lambda = await startTestLambda([await writeFunction(code, { timeoutSeconds: 1 })]);

    for (const act of ['exit', 'reject', 'hang']) await lambda.call('subject', { act });

    const log = await lambda.readLog('subject');
    expect(log).toMatch(
      /RequestId: \S+ Error: Runtime exited with error: exit status 7\nRuntime\.ExitError\nEND/,
    );
    expect(log).toMatch(
      /RangeError: nobody waits\n {4}at .*\n(?: {4}at .*\n)*\nNode\.js v24.*\n.*exit status 1\nRuntime\.ExitError\nEND/,
    );
    expect(log).toMatch(/Z \S+ Task timed out after 1\.00 seconds\nEND RequestId/);
    expect(log).toContain('\tStatus: error\tError Type: Runtime.ExitError\n');
    expect(log).toContain('\tStatus: timeout\n');
  });

  it('has the time of its writing before each line, also of a line written in parts', async () => {
    const log = openLogFile(await temporaryFolder(), 'subject', 100_000);

    for (const text of ['one\n\ntwo\n', 'in ', '', 'parts\n', 'last\n']) log.write(text);

    const lines = (await readFile(log.path, 'utf8')).split('\n');
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
    expect(lines.slice(0, -1).every((line) => time.test(line))).toBe(true);
    expect(lines.map((line) => line.replace(time, ''))).toEqual(['one', '', 'two', 'in parts', 'last', '']);
  });

  it('is rotated at its size, keeping one older file', async () => {
    const lambda = await startTestLambda(
      [await writeFunction("export const handler = async () => console.log('x'.repeat(400));")],
      { logRotateBytes: 2000 },
    );

    for (let n = 0; n < 12; n += 1) await lambda.call('subject');

    expect((await readdir(lambda.logDirectory)).sort()).toEqual(['subject.log', 'subject.log.1']);
    for (const name of ['subject.log', 'subject.log.1']) {
      expect((await stat(join(lambda.logDirectory, name))).size).toBeLessThanOrEqual(2000);
    }
    expect(await lambda.readLog('subject')).toMatch(/REPORT .*\n$/);
  });

  it('goes on after a restart', async () => {
    const config = await writeFunction("export const handler = async () => console.log('hello');");
    const logDirectory = await temporaryFolder();

    for (let start = 0; start < 2; start += 1) {
      const lambda = await startTestLambda([config], { logDirectory });
      await lambda.call('subject');
      await lambda.close();
    }

    const log = await readFile(join(logDirectory, 'subject.log'), 'utf8');
    expect(log.match(/INIT_START/g)).toHaveLength(2);
  });
});

describe('a slow init', () => {
  it('is started again as a part of the invocation, within the timeout of the function', async () => {
    const starts = await temporaryFolder();
    const code = `import { readdirSync, writeFileSync } from 'node:fs';
      writeFileSync(process.env.STARTS + '/' + process.hrtime.bigint(), '');
      if (readdirSync(process.env.STARTS).length === 1) await new Promise((r) => setTimeout(r, 30_000));
      export const handler = async () => readdirSync(process.env.STARTS).length;`;
    const config = await writeFunction(code, { environment: { STARTS: starts } });
    const scratch = await temporaryFolder();
    const deployment = await Deployment.create();
    const runner = new FunctionRunner(config, {
      runtime: deployment.runtime,
      taskRoot: config.codeDirectory,
      region: 'eu-central-1',
      log: openLogFile(await temporaryFolder(), 'subject', 100_000),
      idleMs: 1000,
      initTimeoutMs: 1500,
      nextScratch: () => join(scratch, String(Math.random())),
      guard: deployment.guard,
    });

    const { payload } = await runner.run('request-1', '{}');
    await runner.close();
    await deployment.close();

    expect(payload).toBe('2');
  });
});
