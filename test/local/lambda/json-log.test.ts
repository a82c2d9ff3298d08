import { describe, expect, it } from 'vitest';
import { connectLambda, openLambdaEndpoint } from './lambda-endpoint.ts';
import { startTestLambda, writeFunction } from './lambda-fixture.ts';

const CODE = `export const handler = async ({ act }) => {
  console.debug('fine');
  console.info('plain %s', 'text');
  console.log({ mount: 'm1' });
  console.warn('failed', new RangeError('too far'));
  process.stdout.write('{"raw":true}\\n');
  if (act === 'throw') throw new TypeError('asked to');
  if (act === 'exit') process.exit(3);
};`;

const parseLines = (log: string): Record<string, unknown>[] =>
  log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const JSON_LOG = { LogFormat: 'JSON' } as const;

describe('a log in JSON', () => {
  it('has a line of JSON for each thing that the function and Lambda say, from INFO on', async () => {
    const { create, invoke } = await openLambdaEndpoint();
    const name = await create(CODE, { LoggingConfig: JSON_LOG });

    const lines = parseLines((await invoke(name)).log);

    const requestId = lines[1]?.requestId;
    const about = { timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), requestId };
    expect(lines).toEqual([
      { time: expect.any(String), type: 'platform.start', record: { requestId, version: '$LATEST' } },
      { ...about, level: 'INFO', message: 'plain text' },
      { ...about, level: 'INFO', message: { mount: 'm1' } },
      {
        ...about,
        level: 'WARN',
        message: expect.stringMatching(/^failed RangeError: too far\n {4}at /),
        errorType: 'RangeError',
        errorMessage: 'too far',
        stackTrace: expect.arrayContaining(['RangeError: too far']),
      },
      { raw: true },
      {
        time: expect.any(String),
        type: 'platform.report',
        record: {
          requestId,
          status: 'success',
          metrics: {
            durationMs: expect.any(Number),
            billedDurationMs: expect.any(Number),
            memorySizeMB: 128,
            maxMemoryUsedMB: expect.any(Number),
            initDurationMs: expect.any(Number),
          },
        },
      },
    ]);
  });

  it('has an error of the handler as an object, and says how the environment ended', async () => {
    const { create, invoke } = await openLambdaEndpoint();
    const name = await create(CODE, { LoggingConfig: JSON_LOG });

    const thrown = parseLines((await invoke(name, { act: 'throw' })).log);
    const exited = parseLines((await invoke(name, { act: 'exit' })).log);

    expect(thrown.at(-2)).toMatchObject({
      level: 'ERROR',
      message: { errorType: 'TypeError', errorMessage: 'asked to', stackTrace: expect.any(Array) },
    });
    expect(exited.at(-1)).toMatchObject({
      type: 'platform.report',
      record: { status: 'error', errorType: 'Runtime.ExitError' },
    });
  });

  it('leaves out what is below its levels', async () => {
    const { create, invoke } = await openLambdaEndpoint();
    const levels = { ApplicationLogLevel: 'ERROR', SystemLogLevel: 'WARN' } as const;
    const name = await create(CODE, { LoggingConfig: { ...JSON_LOG, ...levels } });

    expect(parseLines((await invoke(name)).log)).toEqual([{ raw: true }]);
  });

  it('is what a function of the template may have, and loggers are told', async () => {
    const config = await writeFunction(
      'export const handler = async () => [process.env.AWS_LAMBDA_LOG_FORMAT, process.env.AWS_LAMBDA_LOG_LEVEL];',
      { logging: { format: 'JSON', applicationLevel: 'DEBUG', systemLevel: 'DEBUG' } },
    );
    const { invoke } = connectLambda((await startTestLambda([config])).endpoint);

    const { value, log } = await invoke('subject');

    expect(value).toEqual(['JSON', 'DEBUG']);
    expect(parseLines(log).map(({ type }) => type)).toEqual(['platform.start', 'platform.report']);
  });
});
