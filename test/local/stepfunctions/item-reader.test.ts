import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRows } from '../../../local/stepfunctions/distributed/csv.ts';
import { each, findMapRun, same } from './distributed-states.ts';
import { openLocal, ROLE_ARN, type TestService } from './harness.ts';
import { BUCKET, openVaultBucket, READER_ROLE_ARN, type VaultBucket } from './vault-bucket.ts';

const getObject = (Key: string, ReaderConfig: object, Arguments: object = {}) => ({
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    Arguments: { Bucket: BUCKET, Key, ...Arguments },
    ReaderConfig,
  },
});
const listObjects = (Arguments: object, ReaderConfig?: object) => ({
  ItemReader: {
    Resource: 'arn:aws:states:::s3:listObjectsV2',
    Arguments: { Bucket: BUCKET, ...Arguments },
    ...(ReaderConfig && { ReaderConfig }),
  },
});
const csv = { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' };

describe('an ItemReader', () => {
  let bucket: VaultBucket;
  let local: TestService;
  beforeAll(async () => {
    bucket = await openVaultBucket();
    local = await openLocal({ objects: bucket.objects });
  });
  afterAll(async () => {
    await local[Symbol.asyncDispose]();
    await bucket[Symbol.asyncDispose]();
  });

  const read = (fields: object, input: unknown = {}) => local.workflows.output(each(same, fields), input);

  describe('of objects', () => {
    it('hands each object of a listing to a child, in the order of the keys', async () => {
      await bucket.put('listed/b', 'bb');
      await bucket.put('listed/a', 'a');

      const items = (await read(listObjects({ Prefix: 'listed/' }))) as Record<string, unknown>[];

      expect(items.map(({ Key, Size }) => [Key, Size])).toEqual([
        ['listed/a', 1],
        ['listed/b', 2],
      ]);
      expect(items[0]).toEqual({
        Etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
        Key: 'listed/a',
        LastModified: expect.any(Number),
        Size: 1,
        StorageClass: 'STANDARD',
      });
      expect(Number(items[0]?.LastModified)).toBeLessThan(Date.now() / 1000 + 60);
    });

    it('reads a listing over all its pages', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
        await bucket.put(`many/${name}`, name);
      }
      const fields = {
        ...listObjects({ Prefix: '{% $states.input.folder %}' }, { MaxItems: 5 }),
        ItemSelector: '{% $states.context.Map.Item.Value.Key %}',
        ItemBatcher: { MaxItemsPerBatch: 3 },
      };

      const batches = await read(fields, { folder: 'many/' });

      expect(batches).toEqual([{ Items: ['many/a', 'many/b', 'many/c'] }, { Items: ['many/d', 'many/e'] }]);
    });

    it('succeeds where there are none', async () => {
      expect(await read(listObjects({ Prefix: 'nothing/' }))).toEqual([]);
    });
  });

  describe('of one object', () => {
    it('reads a JSON array, or the one that a pointer finds', async () => {
      await bucket.put('list.json', '[1, {"a": 2}]');
      await bucket.put('nested.json', '{"a/b": {"c": [{"d": ["x", "y"]}]}}');

      expect(await read(getObject('list.json', { InputType: 'JSON' }))).toEqual([1, { a: 2 }]);
      expect(
        await read(getObject('nested.json', { InputType: 'JSON', ItemsPointer: '/a~1b/c/0/d' })),
      ).toEqual(['x', 'y']);
    });

    it('reads JSON Lines', async () => {
      await bucket.put('list.jsonl', '{"a":1}\r\n\n"text"\n3');

      expect(await read(getObject('list.jsonl', { InputType: 'JSONL' }))).toEqual([{ a: 1 }, 'text', 3]);
    });

    it('reads a CSV file by its first row, filling what a row lacks and leaving out what it has too much', async () => {
      await bucket.put('list.csv', '\uFEFFname,size\r\npack,1\r\n"a,b"\r\nx,2,3\r\n');

      expect(await read(getObject('list.csv', csv))).toEqual([
        { name: 'pack', size: '1' },
        { name: 'a,b', size: '' },
        { name: 'x', size: '2' },
      ]);
    });

    it.each([
      ['PIPE', '|'],
      ['SEMICOLON', ';'],
      ['SPACE', ' '],
      ['TAB', '\t'],
    ])('reads a file without header, delimited by %s', async (CSVDelimiter, delimiter) => {
      await bucket.put(`${CSVDelimiter}.csv`, `1${delimiter}2\n3${delimiter}4`);
      const config = {
        InputType: 'CSV',
        CSVHeaderLocation: 'GIVEN',
        CSVHeaders: ['a', 'b'],
        CSVDelimiter,
      };

      expect(await read(getObject(`${CSVDelimiter}.csv`, config))).toEqual([
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ]);
    });

    it('reads no more than MaxItems, by number or expression', async () => {
      await bucket.put('five.json', '[1,2,3,4,5]');

      expect(await read(getObject('five.json', { InputType: 'JSON', MaxItems: 2 }))).toEqual([1, 2]);
      expect(
        await read(getObject('five.json', { InputType: 'JSON', MaxItems: '{% $states.input %}' }), 3),
      ).toEqual([1, 2, 3]);
      expect(await read(getObject('five.json', { InputType: 'JSON', MaxItems: 0 }))).toHaveLength(5);
    });

    it('reads the version that it is asked for', async () => {
      const VersionId = await bucket.put('versioned.json', '["old"]');
      await bucket.put('versioned.json', '["new"]');

      expect(await read(getObject('versioned.json', { InputType: 'JSON' }, { VersionId }))).toEqual(['old']);
    });

    it('hands items to ItemSelector with their index', async () => {
      await bucket.put('letters.json', '["a","b"]');
      const fields = {
        ...getObject('letters.json', { InputType: 'JSON' }),
        ItemSelector: {
          index: '{% $states.context.Map.Item.Index %}',
          letter: '{% $states.context.Map.Item.Value %}',
          all: '{% $states.input.all %}',
        },
      };

      expect(await read(fields, { all: 2 })).toEqual([
        { index: 0, letter: 'a', all: 2 },
        { index: 1, letter: 'b', all: 2 },
      ]);
    });
  });

  it('counts its items in the Map run, and its history says nothing of them', async () => {
    await bucket.put('three.json', '[1,2,3]');
    const execution = await local.workflows.run(each(same, getObject('three.json', { InputType: 'JSON' })));
    const arn = execution.executionArn ?? '';

    const mapRun = await findMapRun(local.workflows, arn);
    const history = await local.workflows.history(arn);

    expect(mapRun.itemCounts).toMatchObject({ total: 3, succeeded: 3 });
    expect(history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
    expect(history[2]?.mapStateStartedEventDetails).toEqual({ length: 0 });
  });

  describe('fails with States.ItemReaderFailed', () => {
    it.each<[string, string, object, string]>([
      ['is not there', '', { InputType: 'JSON' }, 'NoSuchKey'],
      ['is no JSON', '{', { InputType: 'JSON' }, 'SyntaxError'],
      ['is no list', '{}', { InputType: 'JSON' }, 'Attempting to map over non-iterable node.'],
      [
        'has no list where the pointer leads',
        '{"a":[]}',
        { InputType: 'JSON', ItemsPointer: '/a/0' },
        "at '/a/0'",
      ],
      ['has a bad line', '{"a":1}\n{', { InputType: 'JSONL' }, 'SyntaxError'],
      ['names a column twice', 'a,a\n1,2', csv, 'CSV headers cannot contain duplicates.'],
      ['has a header that is too long', `${'a'.repeat(10_241)}\n1`, csv, 'CSV headers cannot exceed 10240'],
    ])('when the object %s', async (_title, body, config, cause) => {
      const key = `bad/${_title.replaceAll(' ', '-')}`;
      if (body !== '') {
        await bucket.put(key, body);
      }

      const execution = await local.workflows.run(each(same, getObject(key, config)));

      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed' });
      expect(execution.cause).toContain(cause);
      const [failed, ...rest] = (await local.workflows.history(execution.executionArn ?? '')).slice(-3);
      expect(failed).toMatchObject({
        type: 'MapRunFailed',
        previousEventId: 4,
        mapRunFailedEventDetails: { error: execution.error, cause: execution.cause },
      });
      expect(rest.map(({ type }) => type)).toEqual(['MapStateFailed', 'ExecutionFailed']);
      expect((await findMapRun(local.workflows, execution.executionArn ?? '')).status).toBe('FAILED');
    });

    it('when the bytes are no text', async () => {
      await bucket.put('bad/bytes', Uint8Array.of(0xff, 0xfe, 0xfd));

      const { error } = await local.workflows.run(each(same, getObject('bad/bytes', { InputType: 'JSONL' })));

      expect(error).toBe('States.ItemReaderFailed');
    });

    it('when the role may not read, although another role may', async () => {
      await bucket.put('hidden/list.json', '[1]');
      await bucket.put('readable/list.json', '[1]');
      const run = async (key: string, roleArn: string) => {
        const States = each(same, getObject(key, { InputType: 'JSON' }));
        const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Each', States });
        const machine = local.service.putStateMachine({ name: 'by-role', definition, roleArn });
        return local.workflows.ended(await local.workflows.start(machine));
      };

      expect(await run('hidden/list.json', ROLE_ARN)).toMatchObject({ output: '[1]' });
      expect(await run('readable/list.json', READER_ROLE_ARN)).toMatchObject({ output: '[1]' });
      expect(await run('hidden/list.json', READER_ROLE_ARN)).toMatchObject({
        error: 'States.ItemReaderFailed',
        cause: expect.stringContaining('AccessDenied'),
      });
      expect(await run('readable/list.json', 'arn:aws:iam::000000000000:role/none')).toMatchObject({
        error: 'States.ItemReaderFailed',
        cause: expect.stringContaining('There is no role'),
      });
    });

    it('when an expression gives no key', async () => {
      const execution = await local.workflows.run(
        each(same, getObject('{% $states.input.key %}', { InputType: 'JSON' })),
        { key: 7 },
      );

      expect(execution).toMatchObject({ error: 'States.ItemReaderFailed' });
      expect(execution.cause).toContain("The field 'Key' of Arguments must be a string, but is 7.");
    });

    it('and can be tried again and caught', async () => {
      const names = ['States.ItemReaderFailed'];
      const machine = await local.workflows.create({
        ...each(same, {
          ...getObject('{% $states.input %}', { InputType: 'JSON' }),
          Retry: [{ ErrorEquals: names, IntervalSeconds: 5, MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: names, Output: '{% $states.errorOutput.Error %}', Next: 'Note' }],
        }),
        Note: { Type: 'Pass', End: true },
      });
      const late = await local.workflows.start(machine, 'late.json');
      const never = await local.workflows.start(machine, 'never.json');
      await local.workflows.reached(late, 'MapRunFailed');
      await local.workflows.reached(never, 'MapRunFailed');

      await bucket.put('late.json', '[1]');
      local.time.advance(5);

      expect((await local.workflows.ended(late)).output).toBe('[1]');
      expect((await local.workflows.ended(never)).output).toBe('"States.ItemReaderFailed"');
    });
  });

  it('fails as its ItemSelector fails, with the Map run', async () => {
    await bucket.put('numbers.json', '[1,2]');
    const fields = {
      ...getObject('numbers.json', { InputType: 'JSON' }),
      ItemSelector: '{% $states.context.Map.Item.Value.missing %}',
    };

    const execution = await local.workflows.run(each(same, fields));

    expect(execution).toMatchObject({ error: 'States.QueryEvaluationError' });
    expect((await findMapRun(local.workflows, execution.executionArn ?? '')).status).toBe('FAILED');
  });
});

describe('delimited text', () => {
  it.each([
    [
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\r\n\r\n\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['"a\n1","b ""x"""', [['a\n1', 'b "x"']]],
    ['a"b,c\rd', [['a"b', 'c\rd']]],
    [',\n', [['', '']]],
    ['', []],
  ])('%j', (text, rows) => {
    expect(parseRows(text, ',')).toEqual(rows);
  });
});
