import { createHash } from 'node:crypto';
import type { ContentKey } from '../../domain/recoverability/content-key.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { RetentionDatabase } from '../../domain/retention/retention-point.ts';
import { hasCode } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';
import {
  findHeld,
  judgementNumber,
  type RetentionVerdict,
  readVerdicts,
} from '../databases/read-judgement.ts';

/** What is known of a point's content. `isKnown` is false where it was not judged, or the judgement cannot be read. */
export interface PointContent {
  readonly isKnown: boolean;
  readonly log: 'read' | 'missing';
  readonly databases: readonly (RetentionDatabase & Pick<RetentionVerdict, 'lacksFiles'>)[];
}

/** Contents of points, read once: judgements are never overwritten, and a run looks at a mount's points many times. */
export interface PointContents {
  of(point: RecoveryPoint): Promise<PointContent>;
  held(point: RecoveryPoint, wanted: ReadonlySet<ContentKey>): Promise<readonly string[] | 'unknown'>;
}

/** Objects that are gone or cannot be understood: what they said is unknown, and whoever cannot be read keeps the others. */
const unreadable = ['VAULT_OBJECT_MISSING', 'VAULT_OBJECT_DAMAGED', 'VAULT_FORMAT_UNSUPPORTED'] as const;

export function createPointContents(vault: Pick<Vault, 'read'>): PointContents {
  const contents = new Map<string, Promise<PointContent>>();
  const held = new Map<string, Promise<readonly string[] | 'unknown'>>();
  return {
    of: (point) => once(contents, nameOf(point), () => readContent(vault, point)),
    held: (point, wanted) =>
      once(held, `${nameOf(point)} ${hashOf(wanted)}`, async () => {
        try {
          return (await findHeld(vault, point, wanted)) ?? 'unknown';
        } catch (error) {
          if (unreadable.some((code) => hasCode(error, code))) return 'unknown';
          throw error;
        }
      }),
  };
}

/** Of a file map comes one judgement, and nothing else says what is in a point. */
const nameOf = ({ recoveryPointId, fileMap, judgement }: RecoveryPoint): string =>
  JSON.stringify([recoveryPointId, fileMap, judgement?.number]);

const hashOf = (wanted: ReadonlySet<ContentKey>): string =>
  createHash('sha256')
    .update([...wanted].sort().join())
    .digest('hex');

/** A failed reading is not remembered. */
function once<T>(known: Map<string, Promise<T>>, name: string, read: () => Promise<T>): Promise<T> {
  const earlier = known.get(name);
  if (earlier !== undefined) return earlier;
  const reading = read();
  known.set(name, reading);
  reading.catch(() => known.delete(name));
  return reading;
}

async function readContent(vault: Pick<Vault, 'read'>, point: RecoveryPoint): Promise<PointContent> {
  try {
    return { isKnown: judgementNumber(point) !== undefined, ...(await readVerdicts(vault, point)) };
  } catch (error) {
    if (!unreadable.some((code) => hasCode(error, code))) throw error;
    // The catalog still says which databases there are.
    const inShort = point.judgement?.databases ?? [];
    const databases = inShort.map(({ dbid }) => ({
      ...{ dbid, recoverable: 'unknown' as const, lacksFiles: [] },
    }));
    return { isKnown: false, log: 'missing', databases };
  }
}
