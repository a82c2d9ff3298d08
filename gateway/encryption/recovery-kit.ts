import { createHash } from 'node:crypto';
import { KeyError } from '../ports/key-wrapper.ts';
import { type FileKey, keyOf } from './key-file.ts';

const rowBytes = 8;
const rows = 4;

/**
 * A key on paper: rows of 64 bits in hexadecimal, each with check digits of its own, so that whoever types it in is told
 * which row is wrong.
 */
export function printKit({ keyId, createdAt, secret }: FileKey): string {
  const lines = Array.from({ length: rows }, (_, row) =>
    lineOf(row, secret.subarray(row * rowBytes, (row + 1) * rowBytes)),
  );
  return `HOLDFAST RECOVERY KIT

key      ${keyId}
created  ${createdAt}

${lines.map((line) => `  ${line}`).join('\n')}

WHAT THIS IS
This is the key under which the data keys of your encrypted mounts are kept. Whoever has it, and can read the
bucket, can read your backups. Without it, and without a copy of its key file, nobody can: neither you nor
whoever runs the service. There is no other way in. Losing it is final.

Keep it on paper, or on a medium without a network, in at least two places that do not burn together.
Not beside the backups, not in the mail, not in a ticket.

HOW TO USE IT
On a machine that is to be the gateway, as the user that it runs as:
  holdfast key import /etc/holdfast/recovered.key
Type the four rows above (blanks and upper case do not matter), then end the input (Ctrl-D). Name the file in
encryption.keys of the gateway's configuration, activate the gateway as a replacement of its store, and order
the restore as always. \`holdfast key check --config FILE\` says which mounts the key opens.

The key has changed (\`holdfast key rotate\`)? Then print the kit of the new key, and keep this one as long as
there are restores to other stores of points from before.
`;
}

/** The key in what somebody typed, or in a whole kit. Throws KeyError, naming the row that is wrong. */
export function readKit(text: string, now: Date): FileKey {
  const found = [...text.matchAll(/^\s*([1-4])[.:)]\s*([0-9a-f\s-]+?)\s*\/\s*([0-9a-f\s]{4,})\s*$/gimu)];
  const byRow = new Map(
    found.map(([, row = '', hex = '', check = '']) => [Number(row), { hex: bare(hex), check: bare(check) }]),
  );
  const secret = Array.from({ length: rows }, (_, row) => {
    const typed = byRow.get(row + 1);
    if (!typed)
      throw new KeyError(
        `row ${row + 1} of the kit is missing: it is "${row + 1}. " and eight pairs of digits, "/" and four check digits`,
      );
    const bytes = Buffer.from(typed.hex, 'hex');
    if (typed.hex.length !== rowBytes * 2 || checkOf(row, bytes) !== typed.check)
      throw new KeyError(`row ${row + 1} of the kit is not as it was printed: compare it digit by digit`);
    return bytes;
  });
  const createdAt = /^created\s+(\d{4}-\d\d-\d\dT[\d:.]+Z)\s*$/mu.exec(text)?.[1] ?? now.toISOString();
  const key = keyOf(Buffer.concat(secret), createdAt);
  const named = /^key\s+(key-[0-9a-f]{16})\s*$/mu.exec(text)?.[1];
  if (named !== undefined && named !== key.keyId)
    throw new KeyError(
      `the kit is headed ${named}, but its rows are those of ${key.keyId}: rows of two kits are mixed`,
    );
  return key;
}

const bare = (text: string): string => text.replace(/[\s-]/gu, '').toLowerCase();

const lineOf = (row: number, bytes: Buffer): string =>
  `${row + 1}. ${bytes.toString('hex').replace(/(.{4})(?=.)/gu, '$1 ')} / ${checkOf(row, bytes)}`;

/** 16 bits: one slip in 65,536 goes unseen, and then the key's name tells. */
const checkOf = (row: number, bytes: Buffer): string =>
  createHash('sha256').update(`holdfast kit 1 ${row}\n`).update(bytes).digest('hex').slice(0, 4);
