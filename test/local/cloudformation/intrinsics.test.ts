import { describe, expect, it } from 'vitest';
import {
  isConditionMet,
  NO_VALUE,
  type ResolutionScope,
  resolveValue,
} from '../../../local/cloudformation/intrinsics.ts';
import type { TemplateValue } from '../../../local/cloudformation/template.ts';

const scope: ResolutionScope = {
  ref: (logicalId) => (logicalId === 'AWS::NoValue' ? NO_VALUE : `ref-${logicalId}`),
  attribute: (logicalId, attribute) => `${logicalId}#${attribute}`,
  importValue: (name) => (name === 'list' ? ['a', 'b'] : `import-${name}`),
  condition: (name) => name === 'Yes',
};

describe('intrinsic functions', () => {
  const cases: [string, TemplateValue, TemplateValue][] = [
    ['Ref', { Ref: 'Bucket' }, 'ref-Bucket'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'Bucket#Arn'],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Bucket.Arn' }, 'Bucket#Arn'],
    ['Fn::Join of nested functions', { 'Fn::Join': ['/', ['a', { Ref: 'B' }, 3]] }, 'a/ref-B/3'],
    ['Fn::Join of a list that a function gives', { 'Fn::Join': ['-', { 'Fn::ImportValue': 'list' }] }, 'a-b'],
    ['Fn::Select of Fn::Split', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [
      'Fn::Sub with references',
      { 'Fn::Sub': `\${A} \${B.Arn} \${AWS::Region}` },
      'ref-A B#Arn ref-AWS::Region',
    ],
    [
      'Fn::Sub with variables and an escape',
      { 'Fn::Sub': [`\${X} \${!X}`, { X: { Ref: 'Y' } }] },
      `ref-Y \${X}`,
    ],
    ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Join': [':', ['S', 'E']] } }, 'import-S:E'],
    ['Fn::If', [{ 'Fn::If': ['Yes', 1, 2] }, { 'Fn::If': ['No', 1, { Ref: 'Z' }] }], [1, 'ref-Z']],
    ['AWS::NoValue in an object', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
    ['AWS::NoValue in a list', [{ 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, 2], [2]],
    [
      'plain JSON',
      { 'detail-type': ['x'], constructor: 'c', n: null },
      { 'detail-type': ['x'], constructor: 'c', n: null },
    ],
  ];
  it.each(cases)('resolve %s', (_, value, expected) => {
    expect(resolveValue(value, scope)).toEqual(expected);
  });

  it('of conditions combine, compare and refer to other conditions', () => {
    const evaluate = (condition: TemplateValue) => isConditionMet(condition, scope);

    expect(evaluate({ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'ref-AWS::Region'] })).toBe(true);
    expect(evaluate({ 'Fn::Not': [{ Condition: 'Yes' }] })).toBe(false);
    expect(evaluate({ 'Fn::Or': [{ Condition: 'No' }, { 'Fn::Equals': ['a', 'a'] }] })).toBe(true);
    expect(evaluate({ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] })).toBe(false);
  });

  const refused: [string, TemplateValue, RegExp][] = [
    [
      'an unknown function',
      { 'Fn::FindInMap': ['a', 'b', 'c'] },
      /Fn::FindInMap is not supported by the local AWS/,
    ],
    ['a list where text is needed', { 'Fn::Join': ['', [['a']]] }, /Fn::Join needs text, not \["a"\]/],
    ['an index out of range', { 'Fn::Select': [5, ['a']] }, /there is no item 5 in 1 items/],
    ['a top-level AWS::NoValue', { Ref: 'AWS::NoValue' }, /AWS::NoValue stands where a value is needed/],
  ];
  it.each(refused)('refuse %s', (_, value, message) => {
    expect(() => resolveValue(value, scope)).toThrow(message);
  });
});
