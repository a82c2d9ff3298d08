import type { LifecycleFilter, LifecycleRule, NoncurrentAge } from '../lifecycle-rules.ts';
import type { XmlElement } from '../xml.ts';

/** A rule as GetBucketLifecycleConfiguration writes it. */
export function ruleElement(rule: LifecycleRule): XmlElement {
  const { noncurrentExpiration, abortUploadsAfterDays } = rule;
  return {
    ID: rule.id,
    Filter: filterElement(rule.filter),
    Status: rule.isEnabled ? 'Enabled' : 'Disabled',
    Transition: rule.transitions?.map(({ days, storageClass }) => ({
      Days: days,
      StorageClass: storageClass,
    })),
    NoncurrentVersionTransition: rule.noncurrentTransitions?.map(({ storageClass, ...age }) => ({
      ...ageElement(age),
      StorageClass: storageClass,
    })),
    NoncurrentVersionExpiration: noncurrentExpiration && ageElement(noncurrentExpiration),
    AbortIncompleteMultipartUpload:
      abortUploadsAfterDays === undefined ? undefined : { DaysAfterInitiation: abortUploadsAfterDays },
  };
}

/** Several parts stand in `And`, a single one by itself, none as an empty prefix. */
function filterElement({ prefix, tags, sizeGreaterThan, sizeLessThan }: LifecycleFilter): XmlElement {
  const tagElements = Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  const parts: XmlElement = {
    Prefix: prefix,
    Tag: tagElements.length === 0 ? undefined : tagElements,
    ObjectSizeGreaterThan: sizeGreaterThan,
    ObjectSizeLessThan: sizeLessThan,
  };
  const count = tagElements.length + [prefix, sizeGreaterThan, sizeLessThan].filter(isGiven).length;
  if (count === 0) return { Prefix: '' };
  return count === 1 ? parts : { And: parts };
}

const isGiven = (value: unknown) => value !== undefined;

function ageElement({ days, newerVersions }: NoncurrentAge): XmlElement {
  return { NewerNoncurrentVersions: newerVersions, NoncurrentDays: days };
}
