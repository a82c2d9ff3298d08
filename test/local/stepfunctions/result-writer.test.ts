import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { each, exceptTwo, findMapRun, same } from './distributed-states.ts';
import { openLocal, ROLE_ARN, type TestService, until } from './harness.ts';
import { BUCKET, openVaultBucket, READER_ROLE_ARN, type VaultBucket } from './vault-bucket.ts';

const writeTo = (Prefix: string | undefined, fields: object = {}) => ({
  Items: '{% $states.input %}',
  ResultWriter: {
    Resource: 'arn:aws:states:::s3:putObject',
    Arguments: { Bucket: BUCKET, ...(Prefix !== undefined && { Prefix }) },
  },
  ...fields,
});
const config = (Transformation: string, OutputType = 'JSON') => ({
  WriterConfig: { Transformation, OutputType },
});

interface Manifest {
  readonly DestinationBucket: string;
  readonly MapRunArn: string;
  readonly ResultFiles: Record<'FAILED' | 'PENDING' | 'SUCCEEDED', { Key: string; Size: number }[]>;
}

describe('a ResultWriter', () => {
  let bucket: VaultBucket;
  let local: TestService;
  beforeAll(async () => {
    bucket = await openVaultBucket();
    local = await openLocal({ objects: bucket.objects, limits: { resultFileBytes: 2000 } });
  });
  afterAll(async () => {
    await local[Symbol.asyncDispose]();
    await bucket[Symbol.asyncDispose]();
  });

  /** Runs a Map and reads what it wrote: the manifest, and all entries by kind. */
  async function write(states: Record<string, object>, input: unknown) {
    const execution = await local.workflows.run(states, input);
    const mapRun = await findMapRun(local.workflows, execution.executionArn ?? '');
    const id = mapRun.mapRunArn?.replace(/^.*:/, '') ?? '';
    const { Prefix = '' } = (states.Each as { ResultWriter: { Arguments: { Prefix?: string } } }).ResultWriter
      .Arguments;
    const folder = `${Prefix === '' || Prefix.endsWith('/') ? Prefix : `${Prefix}/`}${id}`;
    const manifest = JSON.parse(await bucket.text(`${folder}/manifest.json`)) as Manifest;
    const texts = async (kind: keyof Manifest['ResultFiles']) =>
      Promise.all(manifest.ResultFiles[kind].map(({ Key }) => bucket.text(Key)));
    return { execution, mapRun, folder, manifest, texts };
  }

  it('writes results and a manifest, and gives their place as the output', async () => {
    const { execution, mapRun, folder, manifest, texts } = await write(each(same, writeTo('runs')), [1, 'b']);

    expect(JSON.parse(execution.output ?? '')).toEqual({
      MapRunArn: mapRun.mapRunArn,
      ResultWriterDetails: { Bucket: BUCKET, Key: `${folder}/manifest.json` },
    });
    expect(folder).toMatch(/^runs\/[0-9a-f-]{36}$/);
    const [text = ''] = await texts('SUCCEEDED');
    expect(manifest).toEqual({
      DestinationBucket: BUCKET,
      MapRunArn: mapRun.mapRunArn,
      ResultFiles: {
        FAILED: [],
        PENDING: [],
        SUCCEEDED: [{ Key: `${folder}/SUCCEEDED_0.json`, Size: Buffer.byteLength(text) }],
      },
    });
    const [first] = JSON.parse(text) as Record<string, unknown>[];
    expect(first).toEqual({
      ExecutionArn: expect.stringMatching(/:execution:machine-[^/]+\/Each:[0-9a-f-]{36}$/),
      Input: '1',
      InputDetails: { Included: true },
      Name: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Output: '1',
      OutputDetails: { Included: true },
      RedriveCount: 0,
      RedriveStatus: 'NOT_REDRIVABLE',
      RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
      StartDate: '2026-11-21T04:00:00.000Z',
      StateMachineArn: expect.stringMatching(/:stateMachine:machine-[^/]+\/Each$/),
      Status: 'SUCCEEDED',
      StopDate: '2026-11-21T04:00:00.000Z',
    });
    expect(mapRun.executionCounts).toMatchObject({ succeeded: 2, resultsWritten: 2 });
  });

  it('writes under no prefix, or one that ends in a slash', async () => {
    expect((await write(each(same, writeTo(undefined)), [1])).folder).toMatch(/^[0-9a-f-]{36}$/);
    expect((await write(each(same, writeTo('a/b/')), [1])).folder).toMatch(/^a\/b\/[0-9a-f-]{36}$/);
  });

  it('splits what exceeds one file', async () => {
    const { manifest, texts } = await write(each(same, writeTo('split')), [1, 2, 3, 4, 5, 6]);

    const files = manifest.ResultFiles.SUCCEEDED;
    expect(files.length).toBeGreaterThan(1);
    expect(files.map(({ Key }) => Key.replace(/^.*\//, ''))).toEqual(
      files.map((_, index) => `SUCCEEDED_${index}.json`),
    );
    expect(files.every(({ Size }) => Size <= 2002)).toBe(true);
    const entries = (await texts('SUCCEEDED')).flatMap((text) => JSON.parse(text) as { Input: string }[]);
    expect(entries.map(({ Input }) => Input)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('writes an empty manifest for no items', async () => {
    const { manifest } = await write(each(same, writeTo('none')), []);

    expect(manifest.ResultFiles).toEqual({ FAILED: [], PENDING: [], SUCCEEDED: [] });
  });

  it.each([
    ['COMPACT', 'JSON', '[1,[2,3],[]]', 'SUCCEEDED_0.json'],
    ['FLATTEN', 'JSON', '[1,2,3]', 'SUCCEEDED_0.json'],
    ['COMPACT', 'JSONL', '1\n[2,3]\n[]\n', 'SUCCEEDED_0.jsonl'],
    ['FLATTEN', 'JSONL', '1\n2\n3\n', 'SUCCEEDED_0.jsonl'],
  ])('writes results %s as %s', async (transformation, type, expected, name) => {
    const fields = writeTo('formats');
    const ResultWriter = { ...fields.ResultWriter, ...config(transformation, type) };

    const { manifest, texts } = await write(each(same, { ...fields, ResultWriter }), [1, [2, 3], []]);

    expect(await texts('SUCCEEDED')).toEqual([expected]);
    expect(manifest.ResultFiles.SUCCEEDED[0]?.Key).toMatch(new RegExp(`/${name}$`));
  });

  it('writes tolerated failures beside the results', async () => {
    const fields = writeTo('tolerated', { ToleratedFailureCount: 1 });
    const ResultWriter = { ...fields.ResultWriter, ...config('COMPACT') };

    const { execution, texts } = await write(each(exceptTwo, { ...fields, ResultWriter }), [1, 2, 3]);

    expect(execution.status).toBe('SUCCEEDED');
    expect(await texts('SUCCEEDED')).toEqual(['[1,3]']);
    expect(JSON.parse((await texts('FAILED'))[0] ?? '')).toEqual([
      expect.objectContaining({
        Status: 'FAILED',
        Error: 'Broken',
        Cause: 'as it was asked to',
        Input: '2',
      }),
    ]);
  });

  it('writes what there is of a run that fails: failed, stopped, and never started', async () => {
    const States = { ...exceptTwo, Fine: { Type: 'Wait', Seconds: 9999, End: true } };
    const fields = writeTo('failed', { MaxConcurrency: 2 });

    const { execution, mapRun, texts } = await write(each(States, fields), [1, 2, 3, 4]);

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    expect(mapRun).toMatchObject({
      status: 'FAILED',
      executionCounts: { failed: 1, aborted: 1, pending: 2, total: 4 },
    });
    const failed = (await texts('FAILED')).flatMap((text) => JSON.parse(text) as Record<string, unknown>[]);
    expect(failed.map(({ Input, Status }) => [Input, Status])).toEqual([
      ['1', 'ABORTED'],
      ['2', 'FAILED'],
    ]);
    const pending = JSON.parse((await texts('PENDING'))[0] ?? '') as Record<string, unknown>[];
    expect(pending).toEqual(
      ['3', '4'].map((Input) => ({
        Input,
        InputDetails: { Included: true },
        StateMachineArn: expect.stringMatching(/\/Each$/),
        Status: 'PENDING',
      })),
    );
    expect((await local.workflows.eventTypes(execution.executionArn ?? '')).slice(-3)).toEqual([
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('holds more than a state could give on', async () => {
    const Fill = { Type: 'Pass', Output: "{% $pad('', 200000, 'x') %}", End: true };

    const large = await local.workflows.run(each({ Fill }), [1, 2]);
    const written = await local.workflows.run(each({ Fill }, writeTo('large')), [1, 2]);

    expect(large.error).toBe('States.DataLimitExceeded');
    expect(written.status).toBe('SUCCEEDED');
  });

  it('writes nothing for an execution that is stopped', async () => {
    const Pause = { Type: 'Wait', Seconds: 9999, End: true };
    const machine = await local.workflows.create(each({ Pause }, writeTo('stopped')));
    const executionArn = await local.workflows.start(machine, [1]);
    await local.workflows.reached(executionArn, 'MapRunStarted');

    await local.workflows.client.send(new StopExecutionCommand({ executionArn }));
    await until('the stop of the child', async () => {
      const { executionCounts } = await findMapRun(local.workflows, executionArn);
      return executionCounts?.aborted === 1;
    });

    expect(await bucket.keys('stopped')).toEqual([]);
  });

  it.each([
    ['a bucket that is not there', 'no-such-bucket', ROLE_ARN, 'NoSuchBucket'],
    ['a role that may not write', BUCKET, READER_ROLE_ARN, 'AccessDenied'],
  ])('fails with States.ResultWriterFailed for %s', async (_title, Bucket, roleArn, cause) => {
    const ResultWriter = { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket } };
    const States = each(same, { Items: '{% $states.input %}', ResultWriter });
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Each', States });
    const machine = local.service.putStateMachine({ name: `writer-${Bucket}`, definition, roleArn });

    const execution = await local.workflows.ended(await local.workflows.start(machine, [1]));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.ResultWriterFailed' });
    expect(execution.cause).toContain(cause);
    expect((await findMapRun(local.workflows, execution.executionArn ?? '')).status).toBe('FAILED');
  });
});

describe('a ResultWriter without a place in S3', () => {
  const inPlace = (transformation: string) => ({
    Items: '{% $states.input %}',
    ResultWriter: config(transformation),
    ToleratedFailureCount: 1,
  });

  it('forms the output of the state', async () => {
    await using local = await openLocal();

    expect(await local.workflows.output(each(same, inPlace('COMPACT')), [1, [2]])).toEqual([1, [2]]);
    expect(await local.workflows.output(each(same, inPlace('FLATTEN')), [1, [2, 3], []])).toEqual([1, 2, 3]);
    expect(await local.workflows.output(each(exceptTwo, inPlace('FLATTEN')), [1, 2])).toEqual([
      1,
      expect.objectContaining({ Status: 'FAILED', Input: '2' }),
    ]);
    expect(await local.workflows.output(each(same, inPlace('NONE')), ['a'])).toEqual([
      expect.objectContaining({ Status: 'SUCCEEDED', Input: '"a"', Output: '"a"' }),
    ]);
  });
});
