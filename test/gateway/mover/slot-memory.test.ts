import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bufferOf, makeSlots } from '../../../gateway/mover/threads/slot-memory.ts';

const frameAndTag = 2 ** 20 + 16;
const slotMemory = join(import.meta.dirname, '../../../gateway/mover/threads/slot-memory.ts');

/** Not every file system that Node may lie on knows that. */
const isReadPastCache = (() => {
  try {
    closeSync(openSync(process.execPath, constants.O_RDONLY | constants.O_DIRECT));
    return true;
  } catch {
    return false;
  }
})();
const isLinux = existsSync('/proc/self/smaps');
const { glibcVersionRuntime = '0.0' } = (
  process.report.getReport() as { header: { glibcVersionRuntime?: string } }
).header;
const [, minor = '0'] = glibcVersionRuntime.split('.');
const thp = '/sys/kernel/mm/transparent_hugepage/enabled';
const isAskedFor = existsSync(thp) && readFileSync(thp, 'utf8').includes('[madvise]');
const asksForHugePages = isLinux && Number(minor) >= 35 && isAskedFor;

/** MiB of a process that holds 6 slots which the system is asked to make of huge pages. */
function hugeMebibytes(tunables: string): number {
  const program = `
    import { readFileSync } from 'node:fs';
    import { makeSlots } from ${JSON.stringify(pathToFileURL(slotMemory))};
    const slots = makeSlots(6, ${frameAndTag});
    for (const slot of slots) slot.fill(1);
    const areas = readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
    const asked = areas.filter((area) => !area.includes('[heap]') && /^VmFlags:.* hg/m.test(area));
    const sizes = asked.map((area) => Number(/^Size: +(\\d+) kB/m.exec(area)[1]) / 1024);
    console.log(sizes.reduce((sum, size) => sum + size, 0), slots.length);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    env: { ...process.env, GLIBC_TUNABLES: tunables },
  });
  return Number(output.split(' ')[0]);
}

describe('The memory of slots', () => {
  it('is as many as are asked for and have room in the huge pages that these need', () => {
    expect(makeSlots(6, frameAndTag)).toHaveLength(7);
    expect(makeSlots(3, frameAndTag)).toHaveLength(3);
    for (const slot of makeSlots(6, frameAndTag)) expect(slot).toHaveLength(frameAndTag);
  });

  it('is of each slot alone', () => {
    const slots = makeSlots(6, frameAndTag);
    for (const [number, slot] of slots.entries()) slot.fill(number + 1);

    for (const [number, slot] of slots.entries())
      expect(bufferOf(slot).equals(Buffer.alloc(frameAndTag, number + 1))).toBe(true);
  });

  it.skipIf(!isReadPastCache)(
    'begins at a page, so that the disk writes and reads it past the page cache',
    () => {
      const fd = openSync(process.execPath, constants.O_RDONLY | constants.O_DIRECT);
      onTestFinished(() => closeSync(fd));
      const start = readFileSync(process.execPath).subarray(0, 2 ** 20);

      for (const slot of makeSlots(6, frameAndTag)) {
        expect(readSync(fd, slot, 0, 2 ** 20, 0)).toBe(2 ** 20);
        expect(
          bufferOf(slot)
            .subarray(0, 2 ** 20)
            .equals(start),
        ).toBe(true);
      }
    },
  );

  it.skipIf(!asksForHugePages)('is asked for as huge pages where the C library is told to', () => {
    expect(hugeMebibytes('glibc.malloc.hugetlb=1')).toBeGreaterThanOrEqual(8);
    expect(hugeMebibytes('glibc.malloc.hugetlb=0')).toBe(0);
  });
});
