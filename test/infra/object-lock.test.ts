import { describe, expect, it } from 'vitest';
import { findUpgradeHazards, type StackTemplate } from '../../infra/upgrade.ts';
import { statefulTemplate } from './synthesized.ts';

const templateOf = (hasLock: boolean): StackTemplate => statefulTemplate({ hasLock });

const bucketOf = ({ Resources }: StackTemplate) =>
  Object.values(Resources).find(({ Type }) => Type === 'AWS::S3::Bucket')?.Properties;

describe('a vault with Object Lock', () => {
  it('has it from the beginning, and locks nothing by itself', () => {
    expect(bucketOf(templateOf(true))).toMatchObject({ ObjectLockEnabled: true });
    expect(bucketOf(templateOf(true))).not.toHaveProperty('ObjectLockConfiguration');
    expect(bucketOf(templateOf(false))).not.toHaveProperty('ObjectLockEnabled');
  });

  it('cannot be made of one without it, nor the reverse: the upgrade check names the vault', () => {
    const [with_, without] = [templateOf(true), templateOf(false)];

    expect(findUpgradeHazards(with_, with_)).toEqual([]);
    for (const hazards of [findUpgradeHazards(without, with_), findUpgradeHazards(with_, without)]) {
      expect(hazards.join()).toContain('Vault');
    }
  });
});
