import { expect, it } from 'vitest';
import { TransferRate } from '../../../gateway/restores/transfer-rate.ts';

it('is measured over the last minute, and unknown before there are two moments', () => {
  const rate = new TransferRate();
  const rates = [
    [0, 0],
    [10, 1000],
    [60, 6000],
    // Ten times as fast from here on.
    [90, 36_000],
    [120, 66_000],
    [180, 126_000],
    // And then nothing comes.
    [240, 126_000],
    [300, 126_000],
  ].map(([seconds = 0, bytes = 0]) => {
    rate.note(bytes, seconds * 1000);
    return rate.bytesPerSecond;
  });

  expect(rates).toEqual([undefined, 100, 100, 438, 1000, 1000, 0, 0]);
});
