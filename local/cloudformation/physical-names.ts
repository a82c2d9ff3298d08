import { createHash } from 'node:crypto';

/** What AWS allows in the name of a kind of resource. */
export interface NameRule {
  /** The property that gives the name explicitly, where the type has one. */
  readonly property?: string;
  readonly maxLength: number;
  /** `lowercase`: as S3 wants it. `id`: ten lower-case letters and digits, as AWS generates them. */
  readonly style?: 'lowercase' | 'id';
}

const HASH_LENGTH = 12;
const ID_LENGTH = 10;

/**
 * The name of a resource that the template does not name: `stack-logicalId-hash`, as CloudFormation makes them,
 * but always the same for the same resource, so that a restart finds its data.
 */
export const generateName = (stackName: string, logicalId: string, rule: NameRule): string => {
  const hash = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
  if (rule.style === 'id') return hash.slice(0, ID_LENGTH);
  const prefix = `${stackName}-${logicalId}`.slice(0, rule.maxLength - HASH_LENGTH - 1);
  const name = `${prefix}-${hash.slice(0, HASH_LENGTH)}`;
  return rule.style === 'lowercase' ? name.toLowerCase() : name;
};
