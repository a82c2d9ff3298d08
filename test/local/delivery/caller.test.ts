import { describe, expect, it } from 'vitest';
import { checkCallers } from '../../../local/delivery/caller.ts';
import type { PolicyStatement } from '../../../local/services.ts';

const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:q';
const RULE = 'arn:aws:events:eu-central-1:123456789012:rule/r';
const ROLE = 'arn:aws:iam::123456789012:role/sender';

const service = { kind: 'service', principal: 'events.amazonaws.com', sourceArn: RULE } as const;
const statement = (more: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: QUEUE,
  ...more,
});
const isServiceAllowed = (...Statement: PolicyStatement[]): boolean =>
  checkCallers(new Map(), '123456789012')(service, 'sqs:SendMessage', QUEUE, { Statement });

describe('a service', () => {
  const fromRule = (rule: string) => ({ Condition: { ArnEquals: { 'aws:SourceArn': rule } } });
  const cases: [string, readonly PolicyStatement[], boolean][] = [
    ['that the policy names', [statement()], true],
    [
      'that is one of several',
      [statement({ Principal: { Service: ['s3.amazonaws.com', service.principal] } })],
      true,
    ],
    ['where everybody may', [statement({ Principal: '*' })], true],
    ['for the rule that the policy names', [statement(fromRule(RULE))], true],
    [
      'of the account that the policy names',
      [statement({ Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } })],
      true,
    ],
    ['that the policy does not name', [statement({ Principal: { Service: 's3.amazonaws.com' } })], false],
    ['for another rule', [statement(fromRule(`${RULE}x`))], false],
    ['for another queue', [statement({ Resource: `${QUEUE}x` })], false],
    ['that is denied as well', [statement(), statement({ Effect: 'Deny', Principal: '*' })], false],
    [
      'beside a denial of what comes without TLS',
      [
        statement(),
        statement({
          Effect: 'Deny',
          Principal: '*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ],
      true,
    ],
  ];
  it.each(cases)('%s', (_, statements, isAllowed) => {
    expect(isServiceAllowed(...statements)).toBe(isAllowed);
  });

  it('needs a policy', () => {
    expect(checkCallers(new Map(), '123456789012')(service, 'sqs:SendMessage', QUEUE, undefined)).toBe(false);
  });
});

describe('a role', () => {
  const { Principal: _, ...own } = statement();
  const role = { kind: 'role', arn: ROLE } as const;
  const check = (policies: readonly PolicyStatement[], resourcePolicy?: PolicyStatement) =>
    checkCallers(
      new Map([[ROLE, policies.map((Statement) => ({ Statement }))]]),
      '123456789012',
    )(...([role, 'sqs:SendMessage', QUEUE, resourcePolicy && { Statement: resourcePolicy }] as const));

  it('acts with its policies, or what the resource allows it', () => {
    expect(check([own])).toBe(true);
    expect(check([])).toBe(false);
    expect(check([], statement({ Principal: { AWS: ROLE } }))).toBe(true);
    expect(check([own], statement({ Effect: 'Deny', Principal: { AWS: ROLE } }))).toBe(false);
  });

  it('that the template does not have may do everything', () => {
    expect(checkCallers(new Map(), '123456789012')(role, 'sqs:SendMessage', QUEUE, undefined)).toBe(true);
  });
});
