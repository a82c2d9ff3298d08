import { describe, expect, it } from 'vitest';
import { readStage } from '../../infra/stage.ts';
import { findUpgradeHazards, type StackTemplate } from '../../infra/upgrade.ts';
import { coldTag } from '../../shared/domain/archive/archive-class.ts';
import { statefulTemplate } from './synthesized.ts';

const templateOf = (archiveClass?: 'GLACIER' | 'DEEP_ARCHIVE'): StackTemplate =>
  statefulTemplate({ archiveClass });
const bucketOf = ({ Resources }: StackTemplate) =>
  Object.values(Resources).find(({ Type }) => Type === 'AWS::S3::Bucket')?.Properties;

describe('a vault with an archive class', () => {
  it.each(['GLACIER', 'DEEP_ARCHIVE'] as const)('moves what is tagged to %s, and expires nothing', (name) => {
    expect(bucketOf(templateOf(name))).toMatchObject({
      LifecycleConfiguration: {
        Rules: [
          {
            Id: 'archive-cold-packs',
            Status: 'Enabled',
            Prefix: 'v1/mounts/',
            TagFilters: [{ Key: coldTag.key, Value: coldTag.value }],
            Transitions: [{ StorageClass: name, TransitionInDays: 0 }],
          },
        ],
      },
    });
    expect(JSON.stringify(bucketOf(templateOf(name)))).not.toMatch(/Expiration/);
  });

  it('has no rule without one, and may get one and lose it with any update', () => {
    const [without, with_] = [templateOf(), templateOf('GLACIER')];

    expect(bucketOf(without)).not.toHaveProperty('LifecycleConfiguration');
    expect(findUpgradeHazards(without, with_)).toEqual([]);
    expect(findUpgradeHazards(with_, without)).toEqual([]);
  });
});

describe('the stage', () => {
  const archive = (fields: object) => () => readStage({ archive: fields });

  it('says from which age on packs go, and what a thaw may cost', () => {
    expect(archive({ class: 'GLACIER', coldAfterDays: 90 })().archive).toEqual({
      ...{ class: 'GLACIER', coldAfterDays: 90, maxThawUsd: 100 },
    });
    expect(archive({ class: 'DEEP_ARCHIVE' })().archive).not.toHaveProperty('coldAfterDays');
  });

  it('refuses what makes no sense, by name', () => {
    expect(archive({ class: 'STANDARD_IA', coldAfterDays: 90 })).toThrow(/archive\.class/);
    expect(archive({ class: 'GLACIER', coldAfterDays: 7 })).toThrow(/archive\.coldAfterDays.*>=30/);
    expect(archive({ class: 'GLACIER', maxThawUsd: -1 })).toThrow(/archive\.maxThawUsd/);
    expect(archive({ coldAfterDays: 90 })).toThrow(/archive\.class/);
  });
});
