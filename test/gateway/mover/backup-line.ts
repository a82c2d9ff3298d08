import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { Baselines } from '../../../gateway/mover/baseline/baselines.ts';
import { keepOnly } from '../../../gateway/mover/baseline/keep-only.ts';
import type {
  ObjectSource,
  ObjectTarget,
  ParentObject,
  ParentSource,
  StoredObject,
} from '../../../gateway/mover/ports.ts';
import type { FindKeys } from '../../../gateway/mover/restore/fetch-manifest.ts';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import {
  type SnapshotEncryption,
  type UploadedSnapshot,
  type UploadInput,
  uploadSnapshot,
} from '../../../gateway/mover/upload/upload-snapshot.ts';
import type { Caller } from '../../../shared/domain/access.ts';
import type { MountId } from '../../../shared/domain/ids.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { readManifestHead } from '../../../shared/domain/vault/manifest-reader.ts';
import type { PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { type Frame, openPack } from '../../../shared/domain/vault/pack.ts';
import { signParent } from '../../../shared/usecases/uploads/sign-parent.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  sendObject,
} from '../../support/uploading.ts';
import { bytesOf } from './memory-vault.ts';
import { factsOf } from './sample-tree.ts';

export interface Point {
  readonly upload: Upload;
  readonly uploaded: UploadedSnapshot;
  /** What the folder held. */
  readonly facts: Record<string, unknown>;
}

type Options = Partial<UploadInput> & {
  /** Called with each object that the vault took over. */
  readonly onPut?: (object: StoredObject) => void;
};

/** One mount whose snapshots are uploaded one after the other, each committed by the service's own rules. */
export class BackupLine {
  readonly folder: string;
  readonly root: string;
  /** Objects of parents, or ends of them, that were fetched for an upload. */
  fetches = 0;
  /** What snapshots are uploaded with from now on, and encrypted ones restored with. */
  encryption: SnapshotEncryption | undefined;
  readonly #service = createMemoryService();
  readonly #mount: Mount;
  readonly #caller: Caller;
  #restores = 0;

  private constructor(
    folder: string,
    { mount, caller }: { mount: Mount; caller: Caller },
    service: BackupLine['service'],
  ) {
    this.folder = folder;
    this.root = join(folder, 'source');
    this.#service = service;
    this.#mount = mount;
    this.#caller = caller;
  }

  /** Gone when the test ends. */
  static async make(): Promise<BackupLine> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-line-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const service = createMemoryService();
    const line = new BackupLine(folder, await createStoreAndMount(service), service);
    await mkdir(line.root);
    return line;
  }

  get service() {
    return this.#service;
  }

  get caller(): Caller {
    return this.#caller;
  }

  get mountId(): MountId {
    return this.#mount.mountId;
  }

  get baselineFolder(): string {
    return join(this.folder, 'baselines');
  }

  baselines(): Promise<Baselines> {
    return Baselines.open(this.baselineFolder, (error) => {
      throw error;
    });
  }

  openUpload(): Promise<Upload> {
    return openSnapshot(this.#service, this.#caller, this.#mount);
  }

  /** Uploads the folder as it is. */
  async send(upload: Upload, { onPut = () => {}, ...more }: Options = {}): Promise<UploadedSnapshot> {
    const { mountId, uploadId, parent = null, snapName, openedAt: serviceAt } = upload;
    // Long after the last write, so that all files count as settled.
    const requestedAt = new Date(Date.now() + 60_000).toISOString() as Upload['requestedAt'];
    const target: ObjectTarget = {
      put: async (object, body) => {
        const status = await sendObject(this.#service, this.#caller, upload, object, bytesOf(body));
        if (status === 200) onPut(object);
        else expect(status).toBe(412);
      },
    };
    return uploadSnapshot({
      root: this.root,
      identity: { mountId, uploadId, parent, snapName, serviceAt, requestedAt },
      logs: [],
      target,
      clock: () => new Date('2026-01-31T12:00:01Z'),
      baselines: await this.baselines(),
      parentSource: this.#parentSource(upload),
      ...(this.encryption && { encryption: this.encryption }),
      ...more,
    });
  }

  /** As the gateway fetches what it has lost. */
  #parentSource({ uploadId, fence }: Upload): ParentSource {
    const sign = (objects: readonly ParentObject[]) =>
      signParent(this.#service, this.#caller, { uploadId, fence, objects });
    const get = async (url: string, range?: { from: number; to: number }) => {
      const headers = range ? { range: `bytes=${range.from}-${range.to - 1}` } : {};
      const { body } = await this.#service.vault.send({ method: 'GET', url, headers });
      this.fetches++;
      return body && Buffer.from(body);
    };
    return {
      manifest: async () => get((await sign([])).manifest.url),
      object: async (object) => {
        const [signed] = (await sign([object])).objects;
        return signed && get(signed.url, signed.range);
      },
    };
  }

  async askCommit(upload: Upload, uploaded: UploadedSnapshot): Promise<void> {
    await askCommit(this.#service, this.#caller, upload, uploaded);
  }

  async commit(upload: Upload, uploaded: UploadedSnapshot): Promise<void> {
    await this.askCommit(upload, uploaded);
    await runCommit(this.#service, upload.uploadId);
    await keepOnly(await this.baselines(), uploaded.manifestSha256);
  }

  /** The whole of a backup, from the freeze to the commit. */
  async backUp(options: Options = {}): Promise<Point> {
    const upload = await this.openUpload();
    const facts = await factsOf(this.root);
    // A put that fails as `onPut` does ends the attempt; the next one takes it up.
    const uploaded = await this.send(upload, options).catch(() => this.send(upload, options));
    await this.commit(upload, uploaded);
    return { upload, uploaded, facts };
  }

  /** Restores a point and compares every byte, name, mode, owner and time with what was backed up. */
  async expectRestorable({ upload, uploaded, facts }: Point): Promise<void> {
    const destination = join(this.folder, `restored-${++this.#restores}`);
    const { mountId, uploadId } = upload;
    const { manifestSha256 } = uploaded;
    const findKeys: FindKeys = async (header) => (header.encryption ? this.encryption?.keys : undefined);
    const from = { mountId, uploadId, manifestSha256, source: this.source, findKeys };
    await restoreSnapshot({ ...from, destination });
    expect(await factsOf(destination)).toEqual(facts);
    await rm(destination, { recursive: true });
  }

  get source(): ObjectSource {
    return {
      get: async (key, range) => {
        const asked = range && { from: range.from, toExclusive: range.to };
        const chunks = await this.#service.vault.read(key, asked);
        if (!chunks) throw new Error(`no object ${key}`);
        return Buffer.concat(await Array.fromAsync(chunks));
      },
    };
  }

  async packsOf({ upload, uploaded }: Point): Promise<PackRow[]> {
    const { mountId, uploadId } = upload;
    const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: uploaded.manifestSha256 });
    const { objects } = await readManifestHead([await this.source.get(key)], key);
    return objects.filter((object) => object.kind === 'pack');
  }

  /** Of a pack that the point's upload has sent. */
  async framesOf({ upload }: Point, pack: StoredObject | undefined): Promise<readonly Frame[]> {
    const { mountId, uploadId } = upload;
    if (!pack) throw new Error('there is no such pack');
    const { number, sha256 } = pack;
    const key = formatVaultKey({ kind: 'pack', mountId, uploadId, number, sha256 });
    return openPack(await this.source.get(key), key);
  }

  async write(name: string, offset: number, bytes: Buffer): Promise<void> {
    const handle = await open(join(this.root, name), 'r+');
    await handle.write(bytes, 0, bytes.length, offset);
    await handle.close();
  }
}
