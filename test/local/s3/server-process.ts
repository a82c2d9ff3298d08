/**
 * A local S3 in a process of its own, so that tests can kill it. Takes the directory as its argument, says
 * where it listens on the first line, and prints each event without ever taking it.
 */
import { flushCompileCache } from 'node:module';
import { startLocal } from './local-server.ts';

// What Node compiled is for the next one: of a process that is killed it would keep nothing.
flushCompileCache();
const [directory = ''] = process.argv.slice(2);
const s3 = await startLocal({
  directory,
  onEvent: (event) => {
    process.stdout.write(`${JSON.stringify(event)}\n`);
    return new Promise(() => {});
  },
});
s3.putBucket({ name: 'vault', versioning: true, eventBridge: true });
process.stdout.write(`${s3.endpoint}\n`);
