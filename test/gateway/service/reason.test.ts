import { describe, expect, it } from 'vitest';
import { reasonWithin } from '../../../gateway/service/reason.ts';
import { abortUploadRequest } from '../../../shared/contracts/uploads.ts';

describe('a reason that the gateway reports', () => {
  it.each([
    ['too long', 'x'.repeat(2_000)],
    ['cut within a character', `${'x'.repeat(499)}💾`],
    ['empty', ''],
    ['with half a character', 'a\ud83db'],
    ['of several lines', 'disk full\n\tat /data'],
  ])('is one that the service takes: %s', (_, reason) => {
    expect(abortUploadRequest.safeParse({ reason: reasonWithin(500, reason) }).success).toBe(true);
  });

  it('stays as it is where nothing is wrong', () => {
    expect(reasonWithin(500, 'Festplatte voll: 💾')).toBe('Festplatte voll: 💾');
  });
});
