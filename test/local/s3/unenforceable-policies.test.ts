import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import { startS3 } from '../../../local/s3/server.ts';
import type { PolicyDocument, PolicyStatement } from '../../../local/services.ts';
import { ACCOUNT, credentialOf, newDirectory, REGION, removeDirectory, startLocal } from './local-server.ts';

let directory: string;
let s3: LocalS3;
beforeEach(async () => {
  directory = newDirectory();
  s3 = await startLocal({ directory });
});
afterEach(async () => {
  await s3.close();
  removeDirectory(directory);
});

describe('policies that cannot be enforced', () => {
  const USER_VARIABLE = ['$', '{aws:username}'].join('');
  const policyWith = (statement: Partial<PolicyStatement>): PolicyDocument => ({
    Statement: [{ Sid: 'Odd', Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', ...statement }],
  });

  it.each<[string, Partial<PolicyStatement>]>([
    ['BinaryEquals', { Condition: { BinaryEquals: { 'aws:SourceIp': 'QQ==' } } }],
    ['aws:PrincipalOrgID', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }],
    [USER_VARIABLE, { Resource: `arn:aws:s3:::vault/${USER_VARIABLE}/*` }],
    ['NotPrincipal', { NotPrincipal: { AWS: '*' } }],
  ])('are refused by the name of %s when the bucket is configured', (name, statement) => {
    expect(() => s3.putBucket({ name: 'odd', versioning: false, policy: policyWith(statement) })).toThrow(
      name,
    );
  });

  it('are refused in credentials at start', async () => {
    const other = newDirectory();
    const credentials = [
      credentialOf('Odd', [
        {
          Statement: {
            Effect: 'Allow',
            Action: 's3:*',
            Resource: '*',
            Condition: { StringLike: { 's3:unheard': 'x' } },
          },
        },
      ]),
    ];

    const start = startS3({ directory: other, region: REGION, accountId: ACCOUNT, credentials });

    await expect(start).rejects.toThrow('s3:unheard');
    removeDirectory(other);
  });
});
