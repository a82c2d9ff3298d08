/** A process for the launcher's test to kill: starts DynamoDB and then only waits. */
import { findDynamoDb } from '../../../local/dynamodb/program.ts';
import { startDynamoDb } from '../../../local/dynamodb/server.ts';

const [directory = '', port = ''] = process.argv.slice(2);
const service = await startDynamoDb({ program: findDynamoDb(), directory, port: Number(port) });
process.stdout.write(`${service.endpoint}\n`);
