import { describe, expect, it } from 'vitest';
import { type PolicyRules, validatePolicy } from '../../../local/iam/validate-policy.ts';
import type { PolicyDocument, PolicyStatement } from '../../../local/services.ts';

const RULES: PolicyRules = {
  kind: 'resource',
  service: 's3',
  conditionKeys: ['aws:SecureTransport', 'aws:SourceIp', 'aws:PrincipalArn', 's3:prefix', 's3:signatureAge'],
};
const GOOD: PolicyStatement = {
  Sid: 'Some',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: '*',
  Condition: {
    Bool: { 'aws:SecureTransport': false },
    NumericGreaterThan: { 's3:signatureAge': '900000' },
    IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '::1'] },
    ArnNotLikeIfExists: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/x' },
  },
};

const check = (statement: object, rules = RULES) =>
  validatePolicy({ Statement: [statement as PolicyStatement] }, rules);
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(GOOD).filter(([name]) => !names.includes(name)));

describe('validatePolicy', () => {
  it('takes what the evaluator carries out', () => {
    expect(() => check(GOOD)).not.toThrow();
    expect(() => validatePolicy({ Version: '2012-10-17', Statement: GOOD }, RULES)).not.toThrow();
  });

  it.each<[string, object]>([
    [
      'the condition operator BinaryEquals',
      { ...GOOD, Condition: { BinaryEquals: { 's3:prefix': 'QQ==' } } },
    ],
    [
      'the condition operator ForAnyValue:StringEquals',
      { ...GOOD, Condition: { 'ForAnyValue:StringEquals': { 's3:prefix': 'a' } } },
    ],
    [
      'the condition operator NullIfExists',
      { ...GOOD, Condition: { NullIfExists: { 's3:prefix': 'true' } } },
    ],
    ['the condition operator constructor', { ...GOOD, Condition: { constructor: { 's3:prefix': 'true' } } }],
    ['the condition key s3:unknown', { ...GOOD, Condition: { StringEquals: { 's3:unknown': 'a' } } }],
    [
      '"tomorrow" is not a value for DateLessThan',
      { ...GOOD, Condition: { DateLessThan: { 's3:prefix': 'tomorrow' } } },
    ],
    ['"maybe" is not a value for Bool', { ...GOOD, Condition: { Bool: { 'aws:SecureTransport': 'maybe' } } }],
    [
      '"soon" is not a value for NumericLessThan',
      { ...GOOD, Condition: { NumericLessThan: { 's3:signatureAge': 'soon' } } },
    ],
    [
      '"10.0.0.0/99" is not a value for IpAddress',
      { ...GOOD, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/99' } } },
    ],
    [
      '"role/x" is not a value for ArnLike',
      { ...GOOD, Condition: { ArnLike: { 'aws:PrincipalArn': 'role/x' } } },
    ],
    ['has no values', { ...GOOD, Condition: { StringEquals: { 's3:prefix': [] } } }],
    ['names no key', { ...GOOD, Condition: { StringEquals: {} } }],
    ['the element NotPrincipal', { ...without('Principal'), NotPrincipal: '*' }],
    ['the element Conditions', { ...GOOD, Conditions: {} }],
    ['principals of the kind CanonicalUser', { ...GOOD, Principal: { CanonicalUser: 'x' } }],
    ['no wildcard inside a principal', { ...GOOD, Principal: { AWS: 'arn:aws:iam::1:role/*' } }],
    ['Principal must be', without('Principal')],
    ['Effect must be', { ...GOOD, Effect: 'Permit' }],
    ['one of Action and NotAction', without('Action')],
    ['one of Resource and NotResource', { ...GOOD, NotResource: '*' }],
    ['Action is empty', { ...GOOD, Action: [] }],
    ['which is not text', { ...GOOD, Resource: [{ 'Fn::GetAtt': ['Vault', 'Arn'] }] }],
    ['policy variables', { ...GOOD, Resource: ['arn:aws:s3:::x/$', '{aws:username}'].join('') }],
  ])('refuses by name: %s', (message, statement) => {
    expect(() => check(statement)).toThrow(message);
  });

  it('says which statement it means', () => {
    const bad = { ...GOOD, Effect: 'Permit' };

    expect(() => check(bad)).toThrow('Statement Some of the resource policy');
    expect(() => check({ ...bad, Sid: undefined })).toThrow('Statement 1 of the resource policy');
  });

  it('refuses an unknown version and an empty policy', () => {
    expect(() => validatePolicy({ Version: '2030-01-01', Statement: GOOD }, RULES)).toThrow('2030-01-01');
    expect(() => validatePolicy({ Statement: [] }, RULES)).toThrow('no statement');
  });

  it('leaves statements of an identity policy to the services that they concern', () => {
    const identity: PolicyRules = { ...RULES, kind: 'identity' };
    const elsewhere: PolicyDocument['Statement'] = {
      Effect: 'Allow',
      Action: ['dynamodb:*', 'kms:Decrypt'],
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['a'] } },
    };

    expect(() => check(elsewhere, identity)).not.toThrow();
    for (const Action of ['s3:GetObject', 'S3:*', '*', 's*']) {
      expect(() => check({ ...elsewhere, Action }, identity)).toThrow('dynamodb:LeadingKeys');
    }
    expect(() => check(GOOD, identity)).toThrow('no Principal');
  });

  it('takes a key that ends in a tag’s name for one of its kind', () => {
    const rules = { ...RULES, conditionKeys: ['s3:ExistingObjectTag/*'] };
    const asking = (key: string) => ({ ...GOOD, Condition: { StringEquals: { [key]: 'x' } } });

    expect(() => check(asking('s3:existingobjecttag/Stage/a'), rules)).not.toThrow();
    expect(() => check(asking('s3:ExistingObjectTag/'), rules)).toThrow('s3:ExistingObjectTag/');
    expect(() => check(asking('s3:ExistingObjectTag'), rules)).toThrow('s3:ExistingObjectTag');
    expect(() => check(asking('s3:OtherTag/x'), rules)).toThrow('s3:OtherTag/x');
  });

  it.each<[string, object]>([
    ['Missing required field Statement', {}],
    ['Extra', { Extra: 1, Statement: [GOOD] }],
    ['no object', { Statement: ['Allow'] }],
    ['no object', { Statement: [null] }],
    ['must name its keys', { Statement: [{ ...GOOD, Condition: { Bool: null } }] }],
  ])('refuses a document that no template would hold: %s', (message, policy) => {
    expect(() => validatePolicy(policy as PolicyDocument, RULES)).toThrow(message);
  });
});
