import type { Instant } from '../../domain/instant.ts';
import { parseVaultKey, uploadPrefix } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { StoredVersion, Vault, VersionMarker, VersionPage } from '../../ports/vault.ts';

type Lister = Pick<Vault, 'listVersions'>;

/** Pages of all versions under a prefix. */
export async function* versionPages(vault: Lister, prefix: string): AsyncGenerator<VersionPage> {
  let after: VersionMarker | undefined;
  do {
    const page = await vault.listVersions({ prefix, ...(after && { after }) });
    yield page;
    after = page.next;
  } while (after !== undefined);
}

/** Everything under a prefix, and what S3's clock said at the beginning. */
export async function listAllVersions(
  vault: Lister,
  prefix: string,
): Promise<{ readonly versions: readonly StoredVersion[]; readonly date: Instant }> {
  const versions: StoredVersion[] = [];
  let date: Instant | undefined;
  for await (const page of versionPages(vault, prefix)) {
    date ??= page.date;
    versions.push(...page.versions);
  }
  if (date === undefined) throw new ServiceError('INTERNAL', `no page of versions came for ${prefix}`);
  return { versions, date };
}

/** For fewer than these, a request each costs less than going through all that an upload has left. */
const fewKeys = 10;

/** The versions of some objects, which lie under one upload each. */
export async function listVersionsOf(vault: Lister, keys: readonly string[]): Promise<StoredVersion[]> {
  const found: StoredVersion[] = [];
  for (const [prefix, wanted] of Map.groupBy(keys, prefixOf)) {
    const isWanted = new Set(wanted);
    const prefixes = wanted.length < fewKeys ? wanted : [prefix];
    for (const each of prefixes) {
      for await (const { versions } of versionPages(vault, each)) {
        found.push(...versions.filter(({ key }) => isWanted.has(key)));
      }
    }
  }
  return found;
}

function prefixOf(key: string): string {
  const parsed = parseVaultKey(key);
  if (parsed === undefined || !('uploadId' in parsed)) throw new RangeError(`${key} is of no upload`);
  return uploadPrefix(parsed.mountId, parsed.uploadId);
}
