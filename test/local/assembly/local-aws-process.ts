/** A process for the test to kill: serves an assembly and says where its API is. */
import { flushCompileCache } from 'node:module';
import { startLocalAws } from '../../../local/up.ts';

// What Node compiled is for the next one: of a process that is killed it would keep nothing.
flushCompileCache();
const [assemblyDirectory = '', dataDirectory = ''] = process.argv.slice(2);
const aws = await startLocalAws({ assemblyDirectory, dataDirectory });
process.stdout.write(`${aws.endpoints.httpApi.Api}\n`);
