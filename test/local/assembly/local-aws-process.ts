/** A process for the test to kill: serves an assembly and says where its API is. */
import { startLocalAws } from '../../../local/up.ts';

const [assemblyDirectory = '', dataDirectory = ''] = process.argv.slice(2);
const aws = await startLocalAws({ assemblyDirectory, dataDirectory });
process.stdout.write(`${aws.endpoints.httpApi.Api}\n`);
