import { describe, expect, it } from 'vitest';
import { lambdaAccess } from '../../../local/lambda/operations/access.ts';

const place = { region: 'eu-central-1', accountId: '123456789012' };
const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:store';
const FUNCTION = '/2015-03-31/functions/store';
const role = 'arn:aws:iam::123456789012:role/writer';

describe('what a caller must be allowed', () => {
  it.each([
    ['POST', `${FUNCTION}/invocations`, {}, [['lambda:InvokeFunction', arn]]],
    [
      'POST',
      `/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`,
      {},
      [['lambda:InvokeFunction', arn]],
    ],
    [
      'POST',
      `/2015-03-31/functions/${encodeURIComponent(`${arn}:$LATEST`)}/invocations`,
      {},
      [['lambda:InvokeFunction', arn]],
    ],
    ['POST', `${FUNCTION}/invocations`, { Role: role }, [['lambda:InvokeFunction', arn]]],
    ['GET', FUNCTION, {}, [['lambda:GetFunction', arn]]],
    ['GET', '/2015-03-31/functions/', {}, [['lambda:ListFunctions', '*']]],
    ['DELETE', FUNCTION, {}, [['lambda:DeleteFunction', arn]]],
    ['GET', '/2016-08-19/account-settings', {}, [['lambda:GetAccountSettings', '*']]],
    ['POST', `${FUNCTION}/versions`, {}, [['lambda:PublishVersion', arn]]],
    [
      'POST',
      '/2015-03-31/functions',
      { FunctionName: 'store', Role: role, Code: { S3Bucket: 'b', S3Key: 'a/k.zip' } },
      [
        ['lambda:CreateFunction', arn],
        ['iam:PassRole', role],
        ['s3:GetObject', 'arn:aws:s3:::b/a/k.zip'],
      ],
    ],
    [
      'PUT',
      `${FUNCTION}/configuration`,
      { Role: role },
      [
        ['lambda:UpdateFunctionConfiguration', arn],
        ['iam:PassRole', role],
      ],
    ],
    [
      'PUT',
      `${FUNCTION}/code`,
      { S3Bucket: 'b', S3Key: 'k' },
      [
        ['lambda:UpdateFunctionCode', arn],
        ['s3:GetObject', 'arn:aws:s3:::b/k'],
      ],
    ],
    ['GET', '/no/such/path', {}, []],
  ])('%s %s with %j', (method, url, body, expected) => {
    const request = { method, url, headers: {}, body: Buffer.from(JSON.stringify(body)) };

    const access = lambdaAccess(request, place);

    expect(access.map(({ action, anyOf }) => [action, ...anyOf])).toEqual(expected);
  });
});
