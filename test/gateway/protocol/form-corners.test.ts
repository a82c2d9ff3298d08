import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { Calls, logFields } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  boundary,
  exchange,
  formText,
  lastAnswer,
  mountPath,
  type Part,
  requestText,
  uploadText,
} from './raw-request.ts';

const malformed = 0x1000b0001;

const rest: readonly Part[] = [
  ['name="mountpoint"', '/local/testmount'],
  ['name="platform"', 'linux'],
];
const file: Part = ['name="file"; filename="run.log"', 'a log\n'];
const whole = formText([file, ...rest]);
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const formHeader = `Content-Type: multipart/form-data; boundary=${boundary}`;

const startBackup = async () => {
  const store = await TestStore.make();
  const { url, stop } = await store.start();
  const calls = new Calls(url);
  await calls.start();
  return { store, url, calls, stop };
};

const spooled = (store: TestStore): Promise<string[]> => readdir(join(store.dataDirectory, 'logs'));

test.for([
  [
    'chunks, without a length',
    ['Transfer-Encoding: chunked'],
    `${chunk(whole.slice(0, 50))}${chunk(whole.slice(50))}0\r\n\r\n`,
  ],
  ['Expect: 100-continue', ['Expect: 100-continue', `Content-Length: ${whole.length}`], whole],
] as const)('a log that is sent with %s is taken', async ([, headers, body]) => {
  const { url } = await startBackup();

  const answer = await exchange(
    url,
    requestText(`POST ${mountPath}/uploadlog`, [formHeader, ...headers], body),
  );

  expect(lastAnswer(answer)).toEqual({
    status: 200,
    body: '{"error_code":0,"error_msg":"","result":{"mount_name":"testmount"}}',
  });
});

test('a log is taken up to the limit of logs, which is larger than that of other bodies', async () => {
  const { calls } = await startBackup();

  expect(await calls.uploadLog(logFields('x'.repeat(3 * 2 ** 20)))).toMatchObject({ error_code: 0 });
});

test('the name of a log is its last part, one line that a disk could keep', async () => {
  const { store, url, stop } = await startBackup();
  const names = [
    ['filename="run.log"', 'run.log'],
    ['filename="/home/oracle/logs/run.log"', 'run.log'],
    ['filename="..%2f..%2frun.log"', '..%2f..%2frun.log'],
    ['filename="C:\\\\logs\\\\run.log"', 'run.log'],
    ['filename="a\\"b.log"', 'a"b.log'],
    ['filename="two\tparts.log"', 'two_parts.log'],
    ["filename*=UTF-8''%e2%82%ac.log", '€.log'],
    ['filename="protokoll-ä.log"', 'protokoll-ä.log'],
    [`filename="${'ä'.repeat(200)}"`, 'ä'.repeat(127)],
    ['filename=""', 'rman.log'],
    ['filename="/"', 'rman.log'],
  ] as const;

  for (const [header] of names) {
    const form = formText([[`name="file"; ${header}`, header], ...rest]);
    expect(JSON.parse(lastAnswer(await exchange(url, uploadText(form))).body), header).toMatchObject({
      error_code: 0,
    });
  }

  await stop();
  const journal = new DatabaseSync(join(store.dataDirectory, 'journal.sqlite'), { readOnly: true });
  const rows = journal.prepare('SELECT file_name AS name FROM logs ORDER BY log_id').all();
  journal.close();
  expect(rows.map(({ name }) => name)).toEqual(names.map(([, kept]) => kept));
});

const refusals: readonly (readonly [text: string, reason: string])[] = [
  [uploadText(whole, 'multipart/form-data'), 'the form cannot be read (Multipart: Boundary not found)'],
  [
    uploadText(whole, 'multipart/form-data; boundary=other'),
    'the form cannot be read (Unexpected end of multipart data)',
  ],
  [
    uploadText(whole, `multipart/mixed; boundary=${boundary}`),
    'send multipart/form-data with file, mountpoint and platform',
  ],
  [
    uploadText('file=x', 'application/x-www-form-urlencoded'),
    'send multipart/form-data with file, mountpoint and platform',
  ],
  [requestText(`POST ${mountPath}/uploadlog`), 'send multipart/form-data with file, mountpoint and platform'],
  [uploadText(formText([])), 'mountpoint is missing; platform must be linux or windows'],
  [uploadText(whole.slice(0, -20)), 'the form cannot be read (Unexpected end of multipart data)'],
  [uploadText(whole.slice(0, 90)), 'the form cannot be read (Unexpected end of multipart data)'],
  [uploadText(formText([file, file, ...rest])), 'file is given twice'],
  [
    uploadText(formText([...Array.from({ length: 11 }, () => ['name="x"', ''] as const), ...rest])),
    'x is given twice',
  ],
  [
    uploadText(formText(Array.from({ length: 11 }, (_, n) => [`name="x${n}"`, ''] as const))),
    'the form has more than 10 parts',
  ],
  [uploadText(formText([['filename="no-name"', ''], ...rest])), 'a part of the form has no name'],
  [
    uploadText(formText([['name="__proto__"', 'x'], file, ...rest])),
    'a field has a name that is none of file, mountpoint and platform',
  ],
  [
    uploadText(formText([['name="file"\r\nContent-Type: application/json', '{}'], ...rest])),
    'file must be plain text',
  ],
  [
    uploadText(formText([['name="file"\r\nContent-Type: application/json', '{'], ...rest])),
    'a field is said to be JSON: send plain text',
  ],
  [
    uploadText(formText([[`${file[0]}\r\nContent-Transfer-Encoding: base64`, 'YQ=='], ...rest])),
    'file is sent as base64: send it as it is',
  ],
  [
    uploadText(formText([file, ['name="mountpoint"', '/local/test\0'], ['name="platform"', 'linux']])),
    'mountpoint has control characters',
  ],
];

test('a form that is not as it should be is refused with what is wrong, and leaves nothing', async () => {
  const { store, url } = await startBackup();

  for (const [text, reason] of refusals) {
    const { status, body } = lastAnswer(await exchange(url, text));

    expect({ status, ...JSON.parse(body) }, reason).toEqual({
      status: 200,
      error_code: malformed,
      error_msg: `Malformed request: ${reason}.`,
      result: {},
    });
    expect(await spooled(store), reason).toEqual([]);
  }
  expect(store.logLines.filter((line) => line.includes('call failed'))).toEqual([]);
});

test('a log whose client goes away in the middle leaves nothing and is no failure of the gateway', async () => {
  const { store, url } = await startBackup();
  const { hostname, port } = new URL(url);
  const text = uploadText(whole);

  const socket = connect(Number(port), hostname, () => socket.write(text.slice(0, -100)));
  await waitUntil('the log is on its way', async () => (await spooled(store)).length === 1);
  socket.destroy();

  await waitUntil('the gateway noticed', () => store.logLines.some((line) => line.includes('broke off')));
  expect(await spooled(store)).toEqual([]);
  expect(store.logLines.filter((line) => line.includes('call failed'))).toEqual([]);
});
