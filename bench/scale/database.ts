import type { Baselines } from '../../gateway/mover/baseline/baselines.ts';
import { ParentSnapshot } from '../../gateway/mover/baseline/parent-snapshot.ts';
import type { CutWindow, Run } from '../../gateway/mover/changes/cut-window.ts';
import { stripBytes, stripTagBytes } from '../../gateway/mover/changes/strip-tags.ts';
import { SegmentAssembly } from '../../gateway/mover/upload/segment-assembly.ts';
import { fileDigest, segmentBytes, startSegmentDigest } from '../../shared/domain/vault/digest.ts';
import type { SegmentRef } from '../../shared/domain/vault/manifest-rows.ts';
import { frameBytes } from '../../shared/domain/vault/pack.ts';
import { Random } from '../mover/random.ts';
import { rehearseDays } from './days.ts';
import { type Parent, RehearsedSnapshot } from './snapshot.ts';
import type { Figures } from './steps.ts';
import { mountId } from './synthetic.ts';

const leafBytes = 8192;
const leavesPerWindow = frameBytes / leafBytes;
const windowsPerSegment = segmentBytes / frameBytes;
const fileBytes = 32 * 2 ** 30;
const segmentsPerFile = fileBytes / segmentBytes;
/** 2 % of scattered blocks: the worst case for block maps. */
const changedPerWindow = [2, 3, 2, 3] as const;

const frame = { stored: Buffer.alloc(1), rawBytes: frameBytes, hash: '', codec: 1 } as const;
const inode = { mode: 0o640, uid: 1, gid: 1, mtimeNs: 0n };
/** Digests of a window's leaves and tags of its strips; nobody looks further. */
const [leafDigests, stripTags] = [
  Buffer.alloc(leavesPerWindow * 32, 7),
  Buffer.alloc((frameBytes / stripBytes) * stripTagBytes, 7),
];
const changedBlocks = Buffer.alloc(leafBytes * Math.max(...changedPerWindow));

/** With the window's number in them, and in memory of its own, as from a thread. */
function stamped(window: number, day: number) {
  const stampedLeaves = Buffer.from(leafDigests);
  stampedLeaves.writeUInt32BE(window, 0);
  stampedLeaves.writeUInt32BE(day, 4);
  return { leafDigests: stampedLeaves, stripTags: Buffer.from(stripTags) };
}

const newWindow = (window: number): CutWindow => ({
  runs: [[frameBytes, 'new']],
  ...stamped(window, 1),
  frame,
});

/** Changed blocks here and there, and what lies between them as in the parent. */
function changedWindow(window: number, random: Random): CutWindow {
  const count = changedPerWindow[window % changedPerWindow.length] ?? 2;
  const blocks = new Set(Array.from({ length: count }, () => random.below(leavesPerWindow)));
  const runs: Run[] = [];
  let next = 0;
  for (const block of [...blocks].sort((one, other) => one - other)) {
    if (block > next) runs.push([(block - next) * leafBytes, 'same']);
    runs.push([leafBytes, 'new']);
    next = block + 1;
  }
  if (next < leavesPerWindow) runs.push([(leavesPerWindow - next) * leafBytes, 'same']);
  return { runs, ...stamped(window, 2), loose: changedBlocks.subarray(0, blocks.size * leafBytes) };
}

const pathOf = (file: number): Buffer => Buffer.from(`users${String(file).padStart(6, '0')}.dbf`);

async function addFiles(
  snapshot: RehearsedSnapshot,
  files: number,
  assemble: (file: number, ordinal: number) => Promise<{ ref: SegmentRef; digest: Buffer }>,
): Promise<void> {
  snapshot.entries.add({ type: 'directory', path: Buffer.alloc(0), ...inode });
  for (let file = 0; file < files; file++) {
    const [segments, found]: [SegmentRef[], Buffer[]] = [[], []];
    for (let ordinal = 0; ordinal < segmentsPerFile; ordinal++) {
      const { ref, digest } = await assemble(file, ordinal);
      segments.push(ref);
      found.push(digest);
    }
    const digest = fileDigest(fileBytes, leafBytes, found);
    const facts = { size: fileBytes, leafBytes, digest, holes: [], segments };
    snapshot.entries.add({ type: 'file', path: pathOf(file), ...inode, ...facts });
  }
}

/** Two days of a database in files of 32 GiB, and the plan of its restore. */
export function rehearseDatabase(tib: number, folder: string): Promise<Figures> {
  const files = Math.max(1, Math.round((tib * 2 ** 40) / fileBytes));
  return rehearseDays(folder, {
    first: (baselines) => rehearseFirst(baselines, files),
    second: (baselines, first) => rehearseChange(baselines, files, first),
  });
}

async function rehearseFirst(baselines: Baselines, files: number): Promise<Parent> {
  const first = new RehearsedSnapshot(baselines, 1);
  await addFiles(first, files, async (file, ordinal) => {
    const assembly = new SegmentAssembly(first.streams, {
      owner: first.owner,
      leafBytes,
      length: segmentBytes,
      parent: undefined,
    });
    const window = (file * segmentsPerFile + ordinal) * windowsPerSegment;
    for (let index = 0; index < windowsPerSegment; index++) await assembly.add(newWindow(window + index));
    return assembly.finish();
  });
  return first.finish(undefined, null);
}

async function rehearseChange(baselines: Baselines, files: number, name: Parent): Promise<Parent> {
  const parent = await ParentSnapshot.open(
    baselines,
    { mountId, parent: name, source: undefined },
    () => new Set(),
  );
  if (!parent) throw new Error('the first day was not kept');
  const snapshot = new RehearsedSnapshot(baselines, 2);
  await addFiles(snapshot, files, async (file, ordinal) => {
    const window = (file * segmentsPerFile + ordinal) * windowsPerSegment;
    const before = ordinal === 0 ? await parent.find(pathOf(file)) : undefined;
    if (before) current = before.entry.segments;
    const ref = current[ordinal];
    const segment = ref && (await parent.segmentOf(ref, async () => digestedBefore(window)));
    if (!segment) throw new Error('a segment of the first day is lost');
    const random = new Random(window);
    const assembly = new SegmentAssembly(snapshot.streams, {
      owner: snapshot.owner,
      leafBytes,
      length: segmentBytes,
      parent: segment,
    });
    for (let index = 0; index < windowsPerSegment; index++)
      await assembly.add(changedWindow(window + index, random));
    return assembly.finish();
  });
  const result = await snapshot.finish(parent, name);
  await parent.close();
  return result;
}

let current: readonly SegmentRef[] = [];

/** A segment of the first day, as if read again. */
function digestedBefore(window: number) {
  const digest = startSegmentDigest();
  const leaves: Buffer[] = [];
  for (let index = 0; index < windowsPerSegment; index++) {
    const found = stamped(window + index, 1).leafDigests;
    digest.update(found);
    leaves.push(found);
  }
  const read = async (): Promise<Buffer> => Buffer.alloc(0);
  return { digest: digest.digest(), leaves: Buffer.concat(leaves), sizeBytes: segmentBytes, read };
}
