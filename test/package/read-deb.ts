import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

/** A reader of our own, so that what dpkg is not there to read is read all the same. */

export interface DebEntry {
  readonly mode: number | undefined;
  readonly owner: string;
  readonly time: string | undefined;
  readonly content: string;
}

export interface DebContent {
  readonly members: readonly string[];
  readonly control: ReadonlyMap<string, DebEntry>;
  readonly data: ReadonlyMap<string, DebEntry>;
}

export async function readDeb(deb: Buffer): Promise<DebContent> {
  const members = readArchive(deb);
  const [, control, data] = members;
  return {
    members: members.map(([name]) => name),
    control: await readTar(control?.[1]),
    data: await readTar(data?.[1]),
  };
}

function readArchive(archive: Buffer): (readonly [name: string, content: Buffer])[] {
  if (archive.toString('latin1', 0, 8) !== '!<arch>\n') throw new Error('this is no archive of ar');
  const members: (readonly [string, Buffer])[] = [];
  for (let at = 8; at < archive.length; ) {
    const header = archive.toString('latin1', at, at + 60);
    if (!header.endsWith('`\n')) throw new Error(`no member begins at ${at}`);
    const size = Number(header.slice(48, 58));
    members.push([header.slice(0, 16).trim(), archive.subarray(at + 60, at + 60 + size)]);
    at += 60 + size + (size % 2);
  }
  return members;
}

async function readTar(compressed: Buffer = Buffer.alloc(0)): Promise<Map<string, DebEntry>> {
  const entries = new Map<string, DebEntry>();
  const reader = extract();
  reader.end(gunzipSync(compressed));
  for await (const entry of reader) {
    const { name, mode, uname, gname, mtime } = entry.header;
    const content = await text(entry);
    entries.set(name, { mode, owner: `${uname}:${gname}`, time: mtime?.toISOString(), content });
  }
  return entries;
}
