/**
 * CRC-32C and CRC-64/NVME, eight bytes a step with eight tables each ("slicing by 8"): about ten times as fast
 * as byte by byte, which matters because S3's default checksum for a plain PUT is CRC-64/NVME.
 * CRC-32 itself is in node:zlib.
 */

const CASTAGNOLI = 0x82f63b78;
const NVME_LOW = 0xac4bc9b5;
const NVME_HIGH = 0x9a6c9329;

const crc32cTables = makeTables(CASTAGNOLI, 0).low;
const nvmeTables = makeTables(NVME_LOW, NVME_HIGH);

/** State of a CRC as two 32-bit halves; CRC-32C uses `low` only. Both start as all ones. */
export interface CrcState {
  low: number;
  high: number;
}

export function startCrc(): CrcState {
  return { low: 0xffffffff, high: 0xffffffff };
}

export function updateCrc32c(state: CrcState, data: Uint8Array): void {
  const tables = crc32cTables;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.length - (data.length % 8);
  let crc = state.low;
  for (let i = 0; i < whole; i += 8) {
    const a = crc ^ view.getUint32(i, true);
    const b = view.getUint32(i + 4, true);
    crc = slice(tables, a, b);
  }
  for (let i = whole; i < data.length; i++) {
    crc = (crc >>> 8) ^ at(tables, (crc ^ at(data, i)) & 0xff);
  }
  state.low = crc;
}

export function updateCrc64Nvme(state: CrcState, data: Uint8Array): void {
  const { low: lowTables, high: highTables } = nvmeTables;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.length - (data.length % 8);
  let { low, high } = state;
  for (let i = 0; i < whole; i += 8) {
    const a = low ^ view.getUint32(i, true);
    const b = high ^ view.getUint32(i + 4, true);
    low = slice(lowTables, a, b);
    high = slice(highTables, a, b);
  }
  for (let i = whole; i < data.length; i++) {
    const index = (low ^ at(data, i)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ at(lowTables, index);
    high = (high >>> 8) ^ at(highTables, index);
  }
  state.low = low;
  state.high = high;
}

/** Final value, big-endian, as S3 gives it in base64. */
export function finishCrc32c(state: CrcState): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(~state.low >>> 0);
  return bytes;
}

export function finishCrc64Nvme(state: CrcState): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(~state.high >>> 0, 0);
  bytes.writeUInt32BE(~state.low >>> 0, 4);
  return bytes;
}

/** One half of the CRC after eight bytes, `a` and `b` in little-endian order; table k skips k further bytes. */
function slice(tables: Uint32Array, a: number, b: number): number {
  return (
    at(tables, 0x700 | (a & 0xff)) ^
    at(tables, 0x600 | ((a >>> 8) & 0xff)) ^
    at(tables, 0x500 | ((a >>> 16) & 0xff)) ^
    at(tables, 0x400 | (a >>> 24)) ^
    at(tables, 0x300 | (b & 0xff)) ^
    at(tables, 0x200 | ((b >>> 8) & 0xff)) ^
    at(tables, 0x100 | ((b >>> 16) & 0xff)) ^
    at(tables, b >>> 24)
  );
}

function makeTables(polynomialLow: number, polynomialHigh: number) {
  const low = new Uint32Array(8 * 256);
  const high = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let l = byte;
    let h = 0;
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (isOdd) {
        l ^= polynomialLow;
        h ^= polynomialHigh;
      }
    }
    low[byte] = l;
    high[byte] = h;
  }
  for (let i = 256; i < low.length; i++) {
    const previousLow = at(low, i - 256);
    const previousHigh = at(high, i - 256);
    const index = previousLow & 0xff;
    low[i] = ((previousLow >>> 8) | (previousHigh << 24)) ^ at(low, index);
    high[i] = (previousHigh >>> 8) ^ at(high, index);
  }
  return { low, high };
}

function at(array: Uint8Array | Uint32Array, index: number): number {
  return array[index] as number;
}
