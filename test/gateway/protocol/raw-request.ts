import { connect } from 'node:net';

export const mountPath = '/druva-phoenix/v1/mounts/testmount';
export const boundary = 'border';

/** A request as text, with these header lines, on a connection that ends with it. */
export const requestText = (line: string, headers: readonly string[] = [], body = ''): string =>
  [`${line} HTTP/1.1`, 'Host: store', 'Connection: close', ...headers, '', body].join('\r\n');

/** A part of a form: what stands in its header after `form-data`, and its content. */
export type Part = readonly [header: string, content: string];

export const formText = (parts: readonly Part[]): string =>
  [
    ...parts.map(
      ([header, content]) =>
        `--${boundary}\r\nContent-Disposition: form-data; ${header}\r\n\r\n${content}\r\n`,
    ),
    `--${boundary}--\r\n`,
  ].join('');

/** An uploadlog call with this body, to the byte. */
export const uploadText = (body: string, contentType = `multipart/form-data; boundary=${boundary}`): string =>
  requestText(
    `POST ${mountPath}/uploadlog`,
    [`Content-Type: ${contentType}`, `Content-Length: ${Buffer.byteLength(body)}`],
    body,
  );

/** What a server sends back until it closes the connection. */
export const exchange = (url: string, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });

/** Status and body of the last answer in what was received. */
export function lastAnswer(received: string): { readonly status: number; readonly body: string } {
  const [, status, rest = ''] = /HTTP\/1\.1 (\d+)(?!.*HTTP\/1\.1 \d)(.*)$/s.exec(received) ?? [];
  return { status: Number(status), body: rest.slice(rest.indexOf('\r\n\r\n') + 4) };
}
