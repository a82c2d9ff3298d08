import { request } from 'undici';
import type { Network } from '../network/network.ts';
import { readKnownVault } from '../vault/known-vault.ts';
import { type Finding, ok } from './finding.ts';
import { answerMillis, unreachable } from './service.ts';

/** The way to the vault. Any answer will do: without a signed URL it refuses everything. */
export async function checkVault(dataDirectory: string, network: Network): Promise<Finding> {
  const origin = await readKnownVault(dataDirectory);
  if (origin === undefined) {
    return ok('vault.way', 'where the vault is shows with the first backup: nothing to check yet');
  }
  try {
    const { statusCode, body } = await request(`${origin}/`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(answerMillis),
      dispatcher: network.toVault,
    });
    await body.dump();
    return ok('vault.way', `${origin} answers (${statusCode})`);
  } catch (error) {
    return unreachable('vault.way', origin, error);
  }
}
