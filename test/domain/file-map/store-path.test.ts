import { expect, test } from 'vitest';
import { placeOf } from '../../../shared/domain/file-map/store-path.ts';

const linux = (mountpoint: string) => ({ mountpoint, platform: 'linux' as const });
const windows = (mountpoint: string) => ({ mountpoint, platform: 'windows' as const });

test.for([
  ['/mnt/ledger', '/mnt/ledger/db/a.bkp', 'db/a.bkp'],
  ['/mnt/ledger/', '/mnt//ledger/./db//a.bkp', 'db/a.bkp'],
  ['/mnt/ledger', '/mnt/ledger/x/../db/a.bkp', 'db/a.bkp'],
  ['/mnt/x/../ledger//', '/mnt/ledger/a', 'a'],
  ['/', '/a', 'a'],
  ['/mnt/ledger', '/mnt/ledger/with\\backslash', 'with\\backslash'],
])('on Linux, under %s, %s is %s', ([mountpoint = '', name = '', path = '']) => {
  expect(placeOf(name, linux(mountpoint))).toEqual({ path });
});

test.for([
  ['Z:', 'Z:\\db\\A.bkp', 'db/A.bkp'],
  ['Z:\\backup\\', 'z:/Backup//db/a.bkp', 'db/a.bkp'],
  ['z:\\backup', '\\\\?\\Z:\\backup\\x\\..\\a', 'a'],
  ['\\\\store\\ledger', '\\\\STORE\\Ledger\\a', 'a'],
  ['//store/ledger/oracle', '\\\\?\\UNC\\store\\ledger\\Oracle\\db\\a', 'db/a'],
  ['\\\\store\\ledger', '\\\\store\\ledger\\..\\..\\a', 'a'],
])('on Windows, under %s, %s is %s', ([mountpoint = '', name = '', path = '']) => {
  expect(placeOf(name, windows(mountpoint))).toEqual({ path });
});

test.for([
  ['/mnt/ledger', '/mnt/ledger2/a', 'folder'],
  ['/mnt/ledger', '/mnt/Ledger/a', 'folder'],
  ['/mnt/ledger', '/mnt/ledger/../a', 'folder'],
  ['/mnt/ledger', '/mnt/ledger', 'folder'],
  ['/mnt/ledger', '+FRA/LEDGER/a.1.2', 'asm'],
  ['/mnt/ledger', '0a1b2c3d_1_1', 'tape'],
  ['/mnt/ledger', 'c-1234-20260301-00', 'tape'],
])('on Linux, under %s, %s is elsewhere: %s', ([mountpoint = '', name = '', elsewhere]) => {
  expect(placeOf(name, linux(mountpoint))).toEqual({ elsewhere });
});

test.for([
  ['Z:\\backup', 'Y:\\backup\\a', 'folder'],
  ['Z:\\backup', '\\\\store\\backup\\a', 'folder'],
  ['\\\\store\\ledger', '\\\\store2\\ledger\\a', 'folder'],
  ['Z:', 'Z:a', 'tape'],
  ['Z:', '\\backup\\a', 'tape'],
  ['Z:', '+DATA/a', 'asm'],
])('on Windows, under %s, %s is elsewhere: %s', ([mountpoint = '', name = '', elsewhere]) => {
  expect(placeOf(name, windows(mountpoint))).toEqual({ elsewhere });
});
