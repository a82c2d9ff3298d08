import { describe, expect, it } from 'vitest';
import { problemResponse } from '../../functions/http/problem-response.ts';
import { ServiceError } from '../../shared/errors.ts';

const bodyOf = (error: unknown) => JSON.parse(problemResponse(error, 'request-1').body ?? '');

describe('a problem', () => {
  it('says what is wrong, what to do and whether to try again', () => {
    const error = new ServiceError('UPLOAD_BUSY', 'upload X is open', { details: { uploadId: 'X' } });

    expect(problemResponse(error, 'request-1')).toMatchObject({
      statusCode: 409,
      headers: { 'content-type': 'application/problem+json', 'x-correlation-id': 'request-1' },
    });
    expect(bodyOf(error)).toEqual({
      type: 'urn:holdfast:problem:UPLOAD_BUSY',
      title: 'upload busy',
      status: 409,
      detail: 'upload X is open',
      code: 'UPLOAD_BUSY',
      hint: expect.any(String),
      retry: 'transient',
      correlationId: 'request-1',
      uploadId: 'X',
    });
  });

  it.each([
    new Error('password=tiger'),
    new ServiceError('INTERNAL', 'DynamoDB: password=tiger', { details: { secret: 'tiger' } }),
    'tiger',
  ])('that nobody foresaw tells the outside nothing of itself', (error) => {
    expect(bodyOf(error)).toMatchObject({ code: 'INTERNAL', status: 500, correlationId: 'request-1' });
    expect(JSON.stringify(bodyOf(error))).not.toContain('tiger');
  });
});
