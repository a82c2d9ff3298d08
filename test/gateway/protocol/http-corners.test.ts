import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startGateway } from '../../../gateway/gateway.ts';
import { createServer } from '../../../gateway/protocol/server.ts';
import { TestStore } from '../support/test-store.ts';
import { exchange, lastAnswer, mountPath, requestText } from './raw-request.ts';

const malformed = 0x1000b0001;
const unknownCall = 0x1000b0006;
const missingMount = 4295622665;

const get = `GET ${mountPath}/backup`;
const mount = (name: string) => requestText(`GET /druva-phoenix/v1/mounts/${name}/backup`);
const long = 'x'.repeat(20_000);

const rows: readonly (readonly [what: string, request: string, status: number, code: number])[] = [
  ['a slash at the end', requestText(`${get}/`), 200, 0],
  ['a query', requestText(`${get}?pretty=1`), 200, 0],
  ['a whole URL', requestText(`GET http://store:9090${mountPath}/backup`), 200, 0],
  ['HTTP/1.0', `${get} HTTP/1.0\r\n\r\n`, 200, 0],
  ['no Host', `${get} HTTP/1.1\r\nConnection: close\r\n\r\n`, 200, 0],
  ['a body on GET', requestText(get, ['Content-Type: application/json', 'Content-Length: 1'], '{'), 200, 0],
  ['a body on POST', requestText(`POST ${mountPath}/backup`, ['Content-Length: 3'], 'a=b'), 200, 0],
  ['an unknown expectation', requestText(get, ['Expect: a-miracle']), 200, 0],
  ['another case', requestText(`GET ${mountPath}/Backup`), 404, unknownCall],
  ['OPTIONS', requestText(`OPTIONS ${mountPath}/backup`), 404, unknownCall],
  ['PATCH', requestText(`PATCH ${mountPath}/backup`), 404, unknownCall],
  ['DELETE of a backup', requestText(`DELETE ${mountPath}/backup`), 404, unknownCall],
  ['another version', requestText('GET /druva-phoenix/v2/mounts/testmount/backup'), 404, unknownCall],
  ['a long unknown path', requestText(`GET /${'y'.repeat(8000)}`), 404, unknownCall],
  ['no name', mount(''), 200, missingMount],
  ['255 bytes', mount('m'.repeat(255)), 200, missingMount],
  ['256 bytes', mount('m'.repeat(256)), 200, missingMount],
  ['composed letters', mount('caf%C3%A9'), 200, missingMount],
  ['decomposed letters', mount('cafe%CC%81'), 200, missingMount],
  ['the other case', mount('TestMount'), 200, missingMount],
  ['an encoded slash', mount('testmount%2foracle_data'), 200, missingMount],
  ['a path upwards', mount('..%2ftestmount'), 200, missingMount],
  ['an encoded NUL', mount('testmount%00'), 200, missingMount],
  ['a broken escape', mount('testmount%2'), 200, missingMount],
  ['a body too large', requestText(`PUT ${mountPath}/backup`, ['Content-Length: 9999999']), 200, malformed],
  ['no method of HTTP', requestText(`FETCH ${mountPath}/backup`), 400, malformed],
  ['letters that are not escaped', mount('café'), 400, malformed],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400, malformed],
  ['two lengths', requestText(get, ['Content-Length: 0', 'Transfer-Encoding: chunked']), 400, malformed],
  ['endless headers', requestText(get, [`X-Long: ${long}`]), 431, malformed],
];

test('whatever is called, the answer is one line in the form of the protocol', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();

  for (const [what, request, expectedStatus, expectedCode] of rows) {
    const { status, body } = lastAnswer(await exchange(url, request));

    expect(body, what).toMatch(/^\{"error_code":\d+,"error_msg":".*","result":\{.*\}\}$/);
    expect({ status, code: JSON.parse(body).error_code }, what).toEqual({
      status: expectedStatus,
      code: expectedCode,
    });
    expect(body.length, what).toBeLessThan(600);
  }
  expect(store.logLines.filter((line) => line.includes('call failed'))).toEqual([]);
});

test('HEAD answers as GET does, without the body', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();

  const answer = await exchange(url, requestText(`HEAD ${mountPath}/backup`));

  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(lastAnswer(answer).body).toBe('');
});

test('calls sent without waiting are answered in their order', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const [one, two] = [`GET ${mountPath}/backup HTTP/1.1\r\nHost: store\r\n\r\n`, mount('unknown')];

  const answers = await exchange(url, one + one + two);

  const codes = [...answers.matchAll(/"error_code":(\d+)/g)].map(([, code]) => Number(code));
  expect(codes).toEqual([0, 0, missingMount]);
});

test('answers can be read with grep, sed and awk: no blank, no line break, keys as in the document', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();

  const { body } = lastAnswer(await exchange(url, requestText(get)));

  expect(/"error_code":([0-9]*)/.exec(body)?.[1]).toBe('0');
  expect(/"is_reached_max_snapshots":(true|false)/.exec(body)?.[1]).toBe('false');
  expect(Object.keys(JSON.parse(body))).toEqual(['error_code', 'error_msg', 'result']);
  expect(body).not.toMatch(/[\r\n]|": |, "/);
});

test('a client that stalls in its headers or in its log is answered and let go', async () => {
  const store = await TestStore.make();
  await store.activate();
  const app = createServer({ write: (line) => void store.logLines.push(line) });
  Object.assign(app.server, { headersTimeout: 150, requestTimeout: 300, connectionsCheckingInterval: 30 });
  const { url, stop } = await startGateway(await store.loadConfig(), app);
  const stalls = [
    `${get} HTTP/1.1\r\nHost: sto`,
    `POST ${mountPath}/uploadlog HTTP/1.1\r\nHost: store\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9\r\n\r\n--`,
  ];

  const answers = await Promise.all(stalls.map((text) => exchange(url, text)));

  await stop();
  for (const answer of answers) {
    const { status, body } = lastAnswer(answer);
    expect({ status, ...JSON.parse(body) }).toEqual({
      status: 408,
      error_code: malformed,
      error_msg: 'Malformed request: the request did not arrive in time.',
      result: {},
    });
  }
});

test('a connection that brings nothing does not keep others from being answered', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const { hostname, port } = new URL(url);
  const idle = Array.from({ length: 50 }, () => connect(Number(port), hostname));

  const { status } = lastAnswer(await exchange(url, requestText(get)));

  for (const socket of idle) socket.destroy();
  expect(status).toBe(200);
});
