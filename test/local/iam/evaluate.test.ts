import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuthorizationRequest, evaluate } from '../../../local/iam/evaluate.ts';
import type { PolicyDocument, PolicyStatement } from '../../../local/services.ts';

const ROLE = 'arn:aws:iam::123456789012:role/Worker';
const REQUEST: AuthorizationRequest = {
  principalArn: ROLE,
  action: 's3:PutObject',
  resource: 'arn:aws:s3:::vault/v1/a',
  context: {
    'aws:CurrentTime': '2026-11-05T12:00:00.000Z',
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '10.1.2.3',
    's3:signatureAge': '1000',
    's3:authType': 'REST-HEADER',
    'aws:PrincipalArn': ROLE,
    's3:if-match': undefined,
  },
};

const policy = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });
const allowAll: PolicyStatement = { Effect: 'Allow', Action: '*', Resource: '*' };

describe('evaluate', () => {
  it('lets an administrator do what nothing denies, and a caller without policies nothing', () => {
    expect(evaluate(REQUEST, undefined, undefined).allowed).toBe(true);
    expect(evaluate(REQUEST, [], undefined)).toMatchObject({
      allowed: false,
      by: expect.stringContaining('no policy allows s3:PutObject'),
    });
  });

  it('lets an explicit deny win, wherever it stands, and names it', () => {
    const deny: PolicyStatement = { Sid: 'Never', Effect: 'Deny', Action: 's3:Put*', Resource: '*' };
    const everybody = { ...deny, Principal: '*' };

    expect(evaluate(REQUEST, [policy(allowAll, deny)], undefined)).toEqual({
      allowed: false,
      by: 'denied by the statement "Never" of an identity policy',
    });
    expect(evaluate(REQUEST, undefined, policy(everybody))).toEqual({
      allowed: false,
      by: 'denied by the statement "Never" of the resource policy',
    });
    expect(
      evaluate(REQUEST, [policy(allowAll)], policy({ ...allowAll, Principal: '*' }, everybody)).allowed,
    ).toBe(false);
  });

  it('never allows more when a deny is added', () => {
    const statement = fc.record({
      Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
      Action: fc.constantFrom('*', 's3:*', 's3:PutObject', 's3:GetObject'),
      Resource: fc.constantFrom('*', 'arn:aws:s3:::vault/*', 'arn:aws:s3:::other/*'),
      Principal: fc.constantFrom<unknown>('*', { AWS: ROLE }, { AWS: '999999999999' }),
    });
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1 }), statement, (statements, added) => {
        const before = evaluate(REQUEST, [], policy(...statements));
        const after = evaluate(REQUEST, [], policy(...statements, { ...added, Effect: 'Deny' }));
        expect(after.allowed && !before.allowed).toBe(false);
      }),
    );
  });
});

describe('actions and resources', () => {
  it.each<[string, Partial<PolicyStatement>, boolean]>([
    ['the action itself', { Action: 's3:PutObject' }, true],
    ['the action in other letters', { Action: 'S3:putobject' }, true],
    ['a pattern', { Action: 's3:*Obj??t' }, true],
    ['one of several', { Action: ['s3:GetObject', 's3:Put*'] }, true],
    ['another action', { Action: 's3:PutObjectAcl' }, false],
    ['all but another action', { NotAction: 's3:GetObject' }, true],
    ['all but this action', { NotAction: ['s3:Put*'] }, false],
    ['a pattern of the resource', { Action: '*', Resource: 'arn:aws:s3:::vault/v?/*' }, true],
    ['the resource in other letters', { Action: '*', Resource: 'arn:aws:s3:::VAULT/*' }, false],
    ['the bucket only', { Action: '*', Resource: 'arn:aws:s3:::vault' }, false],
    ['one of several resources', { Action: '*', Resource: ['arn:aws:s3:::x', 'arn:aws:s3:::vault/*'] }, true],
    ['all but the resource', { Action: '*', NotResource: 'arn:aws:s3:::vault/*' }, false],
  ])('a statement for %s', (_title, { Action, Resource, ...rest }, applies) => {
    const statement = {
      Effect: 'Allow' as const,
      ...(Action !== undefined && { Action }),
      ...(rest.NotResource === undefined && { Resource: Resource ?? '*' }),
      ...rest,
    };

    expect(evaluate(REQUEST, [policy(statement)], undefined).allowed).toBe(applies);
  });
});

describe('principals of a resource policy', () => {
  const allowed = (Principal: unknown) => evaluate(REQUEST, [], policy({ ...allowAll, Principal })).allowed;
  const denied = (Principal: unknown) =>
    !evaluate(REQUEST, undefined, policy({ ...allowAll, Effect: 'Deny', Principal })).allowed;

  it('are matched by name, or all at once', () => {
    for (const everybody of [
      '*',
      { AWS: '*' },
      { AWS: ROLE },
      { AWS: ['arn:aws:iam::123456789012:role/X', ROLE] },
    ]) {
      expect(allowed(everybody)).toBe(true);
      expect(denied(everybody)).toBe(true);
    }
    for (const other of [
      { AWS: `${ROLE}2` },
      { Service: 'delivery.logs.amazonaws.com' },
      { AWS: '999999999999' },
    ]) {
      expect(allowed(other)).toBe(false);
      expect(denied(other)).toBe(false);
    }
  });

  it('that are whole accounts deny their roles, but only delegate an allow to them', () => {
    for (const account of ['123456789012', 'arn:aws:iam::123456789012:root']) {
      expect(denied({ AWS: account })).toBe(true);
      expect(allowed({ AWS: account })).toBe(false);
    }
  });
});

describe('conditions', () => {
  it.each<[string, string, unknown, boolean]>([
    ['StringEquals', 's3:authType', 'REST-HEADER', true],
    ['StringEquals', 's3:authType', ['POST', 'REST-HEADER'], true],
    ['StringEquals', 's3:authType', 'rest-header', false],
    ['StringEquals', 's3:if-match', 'x', false],
    ['StringEqualsIfExists', 's3:if-match', 'x', true],
    ['StringEqualsIfExists', 's3:authType', 'x', false],
    ['StringNotEquals', 's3:authType', ['POST', 'REST-HEADER'], false],
    ['StringNotEquals', 's3:authType', ['POST', 'x'], true],
    ['StringNotEquals', 's3:if-match', 'x', true],
    ['StringLike', 's3:authType', 'REST-*', true],
    ['StringLike', 's3:authType', 'REST-?EADE', false],
    ['StringNotLike', 's3:authType', 'REST-*', false],
    ['StringNotLike', 's3:if-match', '*', true],
    ['Bool', 'aws:SecureTransport', 'true', true],
    ['Bool', 'AWS:SECURETRANSPORT', true, true],
    ['Bool', 'aws:SecureTransport', 'false', false],
    ['Bool', 's3:if-match', 'true', false],
    ['BoolIfExists', 's3:if-match', 'false', true],
    ['Null', 's3:if-match', 'true', true],
    ['Null', 's3:if-match', false, false],
    ['Null', 's3:authType', 'false', true],
    ['Null', 's3:authType', 'true', false],
    ['NumericEquals', 's3:signatureAge', '1000.0', true],
    ['NumericNotEquals', 's3:signatureAge', 1000, false],
    ['NumericLessThan', 's3:signatureAge', 1000, false],
    ['NumericLessThanEquals', 's3:signatureAge', 1000, true],
    ['NumericGreaterThan', 's3:signatureAge', 999, true],
    ['NumericGreaterThan', 's3:if-match', 0, false],
    ['NumericGreaterThan', 's3:authType', 0, false],
    ['NumericGreaterThanEquals', 's3:signatureAge', '1001', false],
    ['DateLessThan', 'aws:CurrentTime', '2026-11-05T12:00:01Z', true],
    ['DateLessThan', 'aws:CurrentTime', '2026-11-05', false],
    ['DateLessThanEquals', 'aws:CurrentTime', '2026-11-05T13:00:00+01:00', true],
    ['DateGreaterThan', 'aws:CurrentTime', ['2027-01-01', '2026-01-01'], true],
    ['DateGreaterThanEquals', 'aws:CurrentTime', Date.UTC(2026, 10, 5, 12) / 1000, true],
    ['DateEquals', 'aws:CurrentTime', '2026-11-05T12:00:00.000Z', true],
    ['DateNotEquals', 'aws:CurrentTime', '2026-11-05T12:00:00Z', false],
    ['DateLessThan', 's3:authType', '2100-01-01', false],
    ['DateLessThan', 's3:if-match', '2100-01-01', false],
    ['ArnEquals', 'aws:PrincipalArn', ROLE, true],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/W*', true],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*/Worker', false],
    ['ArnNotEquals', 'aws:PrincipalArn', [`${ROLE}2`, ROLE], false],
    ['ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/X*', true],
    ['IpAddress', 'aws:SourceIp', '10.0.0.0/8', true],
    ['IpAddress', 'aws:SourceIp', ['192.168.0.0/16', '10.1.2.3'], true],
    ['IpAddress', 'aws:SourceIp', '2001:db8::/32', false],
    ['NotIpAddress', 'aws:SourceIp', '10.0.0.0/8', false],
    ['NotIpAddress', 'aws:SourceIp', '10.1.2.4/32', true],
  ])('%s %s %j', (operator, key, operands, holds) => {
    const statement = { ...allowAll, Condition: { [operator]: { [key]: operands } } };

    expect(evaluate(REQUEST, [policy(statement)], undefined).allowed).toBe(holds);
  });

  it('must all hold', () => {
    const Condition = {
      StringEquals: { 's3:authType': 'REST-HEADER' },
      Bool: { 'aws:SecureTransport': 'false' },
    };

    expect(evaluate(REQUEST, [policy({ ...allowAll, Condition })], undefined).allowed).toBe(false);
  });
});
