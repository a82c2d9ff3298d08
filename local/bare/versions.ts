import { readFileSync } from 'node:fs';

/** Versions of what serves, by the name of the program. */
export const readVersions = async (dynamoDbEndpoint: string): Promise<Readonly<Record<string, string>>> => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version: holdfast } = JSON.parse(manifest) as { version: string };
  // Another DynamoDB does not say what it is, or is not there yet.
  const answer = await fetch(dynamoDbEndpoint).catch(() => undefined);
  await answer?.body?.cancel();
  const dynoxide = answer?.headers.get('x-dynoxide-version');
  return { holdfast, node: process.versions.node, ...(dynoxide && { dynoxide }) };
};
