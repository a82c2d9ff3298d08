import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { gatewayVersion } from '../gateway-version.ts';
import type { Journal } from '../journal/journal.ts';
import type { MountSpace } from '../mounts/mount-space.ts';
import type { Mount, Mounts } from '../mounts/mounts.ts';
import type { Clock } from '../ports/clock.ts';
import { type Activity, failureKinds } from './activity.ts';

export interface MetricsSources {
  readonly storeId: string;
  readonly journal: Journal;
  readonly mounts: Mounts;
  readonly space: MountSpace;
  readonly activity: Activity;
  readonly clock: Clock;
}

const prefix = 'holdfast_gateway_';
const seconds = (millis: number): number => millis / 1000;

/** The figures of a gateway in the text format of Prometheus. */
export class GatewayMetrics {
  readonly #sources: MetricsSources;
  readonly #registry = new Registry();
  #rendering: Promise<string> | undefined;

  readonly #uptime = this.#gauge('uptime_seconds', 'Since the start of the gateway.');
  readonly #pollAge = this.#gauge(
    'last_poll_age_seconds',
    'Since the service last took a poll; since the start, before the first one.',
  );
  readonly #pending = this.#gauge(
    'mount_pending_snapshots',
    'Snapshots that are not committed yet.',
    'mount',
  );
  readonly #oldestPending = this.#gauge(
    'mount_oldest_pending_age_seconds',
    'Since the oldest pending snapshot was asked for; absent when none is pending.',
    'mount',
  );
  readonly #lastCommitted = this.#gauge(
    'mount_last_committed_backup_timestamp_seconds',
    'When the newest committed snapshot was asked for; absent before the first one.',
    'mount',
  );
  readonly #free = this.#gauge('mount_free_bytes', 'Free for RMAN; absent while unknown.', 'mount');
  readonly #size = this.#gauge('mount_size_bytes', 'Free and used; absent while unknown.', 'mount');
  readonly #timeToFull = this.#gauge(
    'mount_time_to_full_seconds',
    'Until the disk is full if it goes on growing so; +Inf when it does not grow, absent while unknown.',
    'mount',
  );
  readonly #uploading = this.#gauge('uploads_in_progress', 'Uploads that read or send data.', 'mount');
  readonly #uploadDone = this.#gauge('upload_done_bytes', 'Of the snapshot under way.', 'mount');
  readonly #uploadSize = this.#gauge('upload_size_bytes', 'Of the snapshot under way.', 'mount');
  readonly #restoring = this.#gauge('restores_in_progress', 'Restores that are being staged.', 'mount');
  readonly #uploaded = this.#counter('uploaded_bytes_total', 'Stored in the vault.', 'mount');
  readonly #requests = this.#counter('requests_total', 'Requests to the service and the vault.', 'to');
  readonly #failures = this.#counter(
    'request_failures_total',
    'Requests that brought nothing; all but refusals for good are tried again.',
    'to',
    'kind',
  );

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    const labels = { version: gatewayVersion, node: process.versions.node, store: sources.storeId };
    this.#gauge('info', 'Always 1.', ...Object.keys(labels)).set(labels, 1);
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * Those who ask meanwhile get the same answer: a disk that hangs must hold one thread of the pool that the backups use,
   * and not one for each question.
   */
  render(): Promise<string> {
    this.#rendering ??= this.#render().finally(() => {
      this.#rendering = undefined;
    });
    return this.#rendering;
  }

  async #render(): Promise<string> {
    const { mounts, journal } = this.#sources;
    this.#readActivity();
    for (const gauge of [this.#pending, this.#oldestPending, this.#lastCommitted, this.#restoring])
      gauge.reset();
    for (const gauge of [this.#free, this.#size, this.#timeToFull]) gauge.reset();
    for (const gauge of [this.#uploading, this.#uploadDone, this.#uploadSize]) gauge.reset();
    this.#uploaded.reset();
    for (const mount of mounts.all()) {
      // A mount that the service no longer lists may still owe it snapshots.
      if (!mount.isListed && journal.snapshots.allPending(mount.mountId).length === 0) continue;
      this.#readJournal(mount);
      this.#readUpload(mount);
      await this.#readSpace(mount);
    }
    // prom-client writes Nan (of a lag that was not measured yet), the format asks for NaN.
    return (await this.#registry.metrics()).replace(/ Nan$/gmu, ' NaN');
  }

  #readActivity(): void {
    const { activity } = this.#sources;
    const now = performance.now();
    this.#uptime.set(seconds(now - activity.startedMillis));
    this.#pollAge.set(seconds(now - (activity.polledMillis ?? activity.startedMillis)));
    this.#requests.reset();
    this.#failures.reset();
    for (const to of ['service', 'vault'] as const) {
      this.#requests.inc({ to }, activity.requests.get(to) ?? 0);
      // From 0 on, so that the first failure is a change.
      for (const kind of failureKinds)
        this.#failures.inc({ to, kind }, activity.failures.get(to)?.get(kind) ?? 0);
    }
  }

  #readJournal({ mountId, name: mount }: Mount): void {
    const { journal, clock } = this.#sources;
    const pending = journal.snapshots.allPending(mountId);
    this.#pending.set({ mount }, pending.length);
    const times = pending.map(({ requestedAt }) => Date.parse(requestedAt));
    // By the clock of the store: one that was set back makes no snapshot come from the future.
    if (times.length > 0) {
      this.#oldestPending.set({ mount }, seconds(Math.max(0, clock().getTime() - Math.min(...times))));
    }
    const committed = journal.snapshots.findLastCommitted(mountId);
    if (committed) this.#lastCommitted.set({ mount }, seconds(Date.parse(committed.requestedAt)));
    const restores = journal.restores.allUnreported().filter((restore) => restore.mountId === mountId);
    this.#restoring.set({ mount }, restores.filter(({ state }) => state === 'staging').length);
  }

  #readUpload({ mountId, name: mount }: Mount): void {
    const { activity } = this.#sources;
    const progress = activity.uploads.get(mountId);
    this.#uploading.set({ mount }, progress ? 1 : 0);
    this.#uploadDone.set({ mount }, progress?.bytesDone ?? 0);
    this.#uploadSize.set({ mount }, progress?.bytesTotal ?? 0);
    this.#uploaded.inc({ mount }, activity.uploadedBytes.get(mountId) ?? 0);
  }

  async #readSpace(mount: Mount): Promise<void> {
    const report = await this.#sources.space.report(mount).catch(() => undefined);
    if (!report) return;
    const labels = { mount: mount.name };
    this.#free.set(labels, report.freeBytes);
    this.#size.set(labels, report.totalBytes);
    const { timeToFull } = report;
    if (timeToFull.kind === 'growing') this.#timeToFull.set(labels, timeToFull.secondsToFull);
    if (timeToFull.kind === 'not-growing') this.#timeToFull.set(labels, Number.POSITIVE_INFINITY);
  }

  #gauge(name: string, help: string, ...labelNames: string[]): Gauge {
    return new Gauge({ name: prefix + name, help, labelNames, registers: [this.#registry] });
  }

  #counter(name: string, help: string, ...labelNames: string[]): Counter {
    return new Counter({ name: prefix + name, help, labelNames, registers: [this.#registry] });
  }
}
