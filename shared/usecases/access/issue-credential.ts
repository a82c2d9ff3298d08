import type { Role } from '../../domain/access.ts';
import { formatToken, hashSecret } from '../../domain/credential.ts';
import { addMillis } from '../../domain/instant.ts';
import type { Credential } from '../../domain/store.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';

const dayMillis = 86_400_000;

/** Makes an API key for a person or program. The key is in the answer and nowhere else. */
export async function issueCredential(
  { catalog, clock, ids }: { catalog: Pick<Catalog, 'credentials'>; clock: Clock; ids: Ids },
  input: { role: Exclude<Role, 'store'>; description: string; expiresInDays?: number | undefined },
): Promise<{ credential: Credential; apiKey: string }> {
  const secret = ids.secret();
  const createdAt = clock.now();
  const credential: Credential = {
    credentialId: ids.credential(),
    role: input.role,
    description: input.description,
    secretSha256: hashSecret(secret),
    createdAt,
    ...(input.expiresInDays !== undefined && {
      expiresAt: addMillis(createdAt, input.expiresInDays * dayMillis),
    }),
  };
  await catalog.credentials.create(credential);
  return { credential, apiKey: formatToken(credential.credentialId, secret) };
}
