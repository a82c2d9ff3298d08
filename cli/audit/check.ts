import type { AddCommand } from '../add-command.ts';

export const addCheck: AddCommand = (audit) => {
  audit
    .command('check')
    .description(
      'check the chain of hashes of an exported journal, without the service; names the first wrong line',
    )
    .argument('<file>', 'as `holdfast audit export` wrote it')
    .action(checkExport);
};

async function checkExport(file: string): Promise<void> {
  const { createReadStream } = await import('node:fs');
  const { createInterface } = await import('node:readline');
  const { readEntry } = await import('../../shared/domain/journal/read-entry.ts');
  const { journalStart } = await import('../../shared/domain/journal.ts');
  let end: { readonly number: number; readonly hash: string } = journalStart;
  let line = 0;
  let at = '';
  // A broken character must not become another one that reads well.
  const input = createReadStream(file).setEncoding('latin1');
  for await (const raw of createInterface({ input, crlfDelay: 0 })) {
    line++;
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        Buffer.from(raw, 'latin1'),
      );
      const entry = readEntry(text, end);
      end = { number: entry.number, hash: entry.sha256 };
      at = entry.at;
    } catch (error) {
      throw new Error(`${file} is wrong from line ${line} on: ${(error as Error).message}`);
    }
  }
  if (end.number === 0) throw new Error(`${file} has no entries`);
  process.stdout.write(`${end.number} entries, unbroken; the last of ${at} has SHA-256 ${end.hash}\n`);
}
