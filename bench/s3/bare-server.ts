/** What node:http can do by itself: a body to a file and back, with no check at all. Says where it listens. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [directory = ''] = process.argv.slice(2);

const server = createServer(async (request, response) => {
  const file = join(directory, encodeURIComponent(request.url?.split('?')[0] ?? ''));
  if (request.method === 'PUT') {
    const unfinished = join(directory, randomUUID());
    await pipeline(request, createWriteStream(unfinished));
    await rename(unfinished, file);
    response.end();
    return;
  }
  response.writeHead(200, { 'content-length': statSync(file).size });
  await pipeline(createReadStream(file), response);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
