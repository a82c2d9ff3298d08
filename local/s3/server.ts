import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { validatePolicy } from '../iam/validate-policy.ts';
import type { LocalCredential } from '../services.ts';
import { internalError, refuseBrokenRequest } from './answer.ts';
import { Background } from './background.ts';
import { BodyStore } from './bodies/body-store.ts';
import { BucketRegistry } from './bucket-registry.ts';
import { S3_CONDITION_KEYS } from './condition-keys.ts';
import { Database } from './database.ts';
import { EventOutbox } from './event-outbox.ts';
import { handleRequest } from './handle-request.ts';
import { LifecycleDays } from './lifecycle-days.ts';
import {
  type LocalS3,
  resolveKeptBytes,
  resolveLimits,
  resolveThawSeconds,
  type S3Options,
} from './options.ts';
import { PendingWrites } from './pending-writes.ts';
import { RestoreAgenda } from './restore-agenda.ts';
import type { S3Service } from './s3-service.ts';
import { UploadIndex } from './upload-index.ts';
import { VersionIndex } from './version-index.ts';

export type { BucketConfig, LocalS3, S3Options } from './options.ts';

/**
 * Starts the local S3 on loopback: path-style requests, all of them signed. Finds what an earlier run stored
 * in the same directory, and clears what a crash left unfinished.
 */
export async function startS3(options: S3Options): Promise<LocalS3> {
  const credentials = validatedCredentials(options.credentials);
  credentials();
  const service = openService(options);
  const { database, outbox, bodies } = service;
  const running = new Set<Promise<unknown>>();
  // No limit for a whole request: a large body over a slow line takes its time.
  const server = createServer({ requestTimeout: 0 });
  for (const event of ['request', 'checkContinue'] as const) {
    server.on(event, (request, response) => {
      const handled = handleRequest({ service, credentials }, request, response, event === 'checkContinue')
        .catch((cause) => response.destroy(internalError(cause)))
        .finally(() => running.delete(handled));
      running.add(handled);
    });
  }
  server.on('clientError', (cause, socket) => refuseBrokenRequest(cause, socket, service.clock()));
  try {
    bodies.removeLeftovers((id) => service.versions.hasBody(id) || service.uploads.hasBody(id));
    server.listen(options.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
  } catch (cause) {
    database.close();
    throw cause;
  }
  outbox.wake();
  const background = new Background(service);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    putBucket(config) {
      service.buckets.put(config, service.clock());
      service.lifecycleDays.forget(config.name);
    },
    tick: () => background.tick(),
    async close() {
      outbox.close();
      await background.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.allSettled([closed, ...running]);
      await bodies.close();
      database.close();
    },
  };
}

function openService(options: S3Options): S3Service {
  const limits = resolveLimits(options.limits);
  const thawSeconds = resolveThawSeconds(options.thawSeconds);
  const keptBytes = resolveKeptBytes(options.keptBytes);
  const database = new Database(options.directory);
  return {
    region: options.region,
    accountId: options.accountId,
    limits,
    clock: options.clock ?? Date.now,
    database,
    bodies: new BodyStore(options.directory, keptBytes),
    buckets: new BucketRegistry(database),
    versions: new VersionIndex(database),
    uploads: new UploadIndex(database),
    restores: new RestoreAgenda(database),
    lifecycleDays: new LifecycleDays(),
    thawSeconds,
    pendingWrites: new PendingWrites(),
    outbox: new EventOutbox(database, options.onEvent),
  };
}

/** Credentials may change while the server runs; the policies of each are checked when they first appear. */
function validatedCredentials(source: S3Options['credentials']): () => readonly LocalCredential[] {
  const validated = new WeakSet<LocalCredential>();
  return () => {
    const credentials = typeof source === 'function' ? source() : source;
    for (const credential of credentials) {
      if (validated.has(credential)) continue;
      for (const policy of credential.policies ?? []) {
        validatePolicy(policy, { kind: 'identity', service: 's3', conditionKeys: S3_CONDITION_KEYS });
      }
      validated.add(credential);
    }
    return credentials;
  };
}
