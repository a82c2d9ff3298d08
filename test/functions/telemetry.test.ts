import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createAdministrationApi } from '../../functions/administration-api/handler.ts';
import { createHandOverRestore } from '../../functions/hand-over-restore/handler.ts';
import { metricUnits } from '../../functions/runtime/metric-names.ts';
import { redact } from '../../functions/runtime/redact.ts';
import { createTask } from '../../functions/runtime/task.ts';
import { createTelemetry } from '../../functions/runtime/telemetry.ts';
import { createUploadsApi } from '../../functions/uploads-api/handler.ts';
import { troveRoutes } from '../../shared/contracts/trove-backups.ts';
import { uploadRoutes } from '../../shared/contracts/uploads.ts';
import { ServiceError } from '../../shared/errors.ts';
import { httpEvent, lambdaContext } from '../support/http-event.ts';
import { createMemoryService } from '../support/memory-service.ts';
import { createStoreAndMount, openSnapshot } from '../support/uploading.ts';
import { captureLines } from './captured-output.ts';

const telemetryOf = (service = 'test') => createTelemetry(service, 'Holdfast/test');
const ulid = '01J00000000000000000000000';
const invoke = (handler: unknown, event: unknown) =>
  (handler as (event: unknown, context: unknown) => Promise<unknown>)(event, lambdaContext);

beforeEach(() => {
  // As Lambda sets it; anything else would not count as a cold start.
  process.env.AWS_LAMBDA_INITIALIZATION_TYPE = 'on-demand';
});
afterEach(() => {
  delete process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
  delete process.env.POWERTOOLS_LOGGER_LOG_EVENT;
});

describe('a log line', () => {
  it.each([
    ['a signed URL', 'https://b/k?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=abc123&X-Amz-Expires=900'],
    ['an Authorization header', 'got Bearer eyJhbGciOi.abc123.x-_~ from a client'],
    ['an Authorization header', 'got basic YWJjMTIzOmFiYzEyMw== from a client'],
    ['a token of ours', `key-${ulid}.abc123-xyz is unknown`],
    ['an API key of ours', `curl -u key-${ulid}:abc123`],
  ])('covers %s that a message quotes', (_, message) => {
    const covered = redact('message', message) as string;

    expect(covered).toContain('***');
    expect(covered).not.toMatch(/abc123|YWJj|AKIA/);
  });

  it.each(['authorization', 'Authorization', 'taskToken', 'token', 'apiKey', 'secret', 'sessionToken'])(
    'covers the field %s',
    (field) => expect(redact(field, 'abc123')).toBe('***'),
  );

  it('keeps what helps: ids, codes, keys of objects', () => {
    const key = `v1/mounts/mnt-${ulid}/uploads/${ulid}/manifest-abc.zst`;

    expect([
      redact('key', key),
      redact('credentialId', `key-${ulid}`),
      redact('code', 'UPLOAD_BUSY'),
    ]).toEqual([key, `key-${ulid}`, 'UPLOAD_BUSY']);
  });

  it('of an error covers what stands in its message, its stack, its cause and its details', async () => {
    const { logger } = telemetryOf();
    const cause = new Error('cause: Bearer abc123');
    const error = new ServiceError('INTERNAL', 'X-Amz-Signature=abc123', {
      cause,
      details: { token: 'abc123' },
    });

    const lines = await captureLines(async () => logger.error('failed', error));

    expect(lines[0]).toMatchObject({ level: 'ERROR', error: { name: 'INTERNAL', code: 'INTERNAL' } });
    expect(JSON.stringify(lines)).not.toContain('abc123');
  });
});

describe('a task', () => {
  it('logs what it was about, also when it fails, and nothing of the run before', async () => {
    const task = createTask(
      telemetryOf(),
      { input: z.object({ uploadId: z.string() }) },
      async ({ uploadId }) => {
        if (uploadId === 'second') throw new ServiceError('UPLOAD_NOT_FOUND', 'there is none');
        return { recoveryPointId: uploadId };
      },
    );

    const lines = await captureLines(async () => {
      await invoke(task, { uploadId: 'first', attempt: 2 });
      await expect(invoke(task, { uploadId: 'second' })).rejects.toThrow('there is none');
    });

    const logs = lines.filter(({ level }) => level !== undefined);
    expect(logs).toMatchObject([
      { message: 'task done', uploadId: 'first', attempt: 2, recoveryPointId: 'first' },
      { message: 'task failed', uploadId: 'second', error: { name: 'UPLOAD_NOT_FOUND' } },
    ]);
    expect(logs[1]).not.toHaveProperty('attempt');
    expect(logs[0]).toMatchObject({ service: 'test', function_request_id: 'request-1' });
  });

  it('logs no event and no task token, though Powertools were told to log events', async () => {
    process.env.POWERTOOLS_LOGGER_LOG_EVENT = 'true';
    const service = createMemoryService();
    const task = createHandOverRestore({ ...service, telemetry: telemetryOf() });
    const event = { restoreId: `rst-${ulid}`, taskToken: 'abc123' };

    const lines = await captureLines(() => expect(invoke(task, event)).rejects.toThrow());

    expect(lines.map(({ message }) => message)).toContain('task failed');
    expect(JSON.stringify(lines)).toContain(event.restoreId);
    expect(JSON.stringify(lines)).not.toContain('abc123');
  });
});

describe('a request', () => {
  async function arrange() {
    const service = createMemoryService();
    const { mount, caller } = await createStoreAndMount(service);
    const { uploadId } = await openSnapshot(service, caller, mount);
    const handler = createUploadsApi({ ...service, telemetry: telemetryOf('uploads-api') });
    const headers = { authorization: 'Bearer abc123' };
    return { handler, mount, caller, uploadId, headers };
  }

  it('logs route, caller, status and ids, and the correlation id that the caller gets', async () => {
    const { handler, mount, caller, uploadId, headers } = await arrange();
    const event = httpEvent(uploadRoutes.showUpload, { caller, params: { uploadId }, headers });

    const lines = await captureLines(() => invoke(handler, event));

    expect(lines.find(({ message }) => message === 'request served')).toMatchObject({
      route: 'showUpload',
      status: 200,
      correlationId: 'request-1',
      uploadId,
      mountId: mount.mountId,
      storeId: caller.storeId,
      callerId: caller.credentialId,
      callerRole: 'store',
    });
    expect(JSON.stringify(lines)).not.toContain('abc123');
  });

  it('that is refused logs the same ids and why', async () => {
    const { handler, caller, headers } = await arrange();
    const event = httpEvent(uploadRoutes.showUpload, { caller, params: { uploadId: ulid }, headers });

    const lines = await captureLines(() => invoke(handler, event));

    expect(lines.find(({ message }) => message === 'request refused')).toMatchObject({
      code: 'UPLOAD_NOT_FOUND',
      uploadId: ulid,
      correlationId: 'request-1',
    });
  });

  it('for what is not done here is refused, and is no error of the service', async () => {
    const service = createMemoryService();
    const { mount } = await createStoreAndMount(service);
    const handler = createAdministrationApi({
      ...{ ...service, backupQuota: 1, telemetry: telemetryOf('administration-api') },
    });
    const body = { name: 'n', instance: mount.mountId, restore_from: {} };
    const event = httpEvent(troveRoutes.createBackup, {
      caller: { credentialId: 'key-1', role: 'admin' },
      body,
    });

    const lines = await captureLines(() => invoke(handler, event));

    expect(lines.find(({ code }) => code === 'OPERATION_UNSUPPORTED')).toMatchObject({ level: 'INFO' });
  });
});

describe('a metric', () => {
  it('is a line in the embedded format, in the stage’s namespace, with the function as its one dimension', async () => {
    const { measure } = telemetryOf('watch');

    const lines = await captureLines(async () => measure({ CommittedPoints: 1, CommittedBytes: 10 }));

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ service: 'watch', CommittedPoints: 1, CommittedBytes: 10 });
    expect(lines[0]?._aws).toMatchObject({
      CloudWatchMetrics: [
        {
          Namespace: 'Holdfast/test',
          Dimensions: [['service']],
          Metrics: [
            { Name: 'CommittedPoints', Unit: 'Count' },
            { Name: 'CommittedBytes', Unit: 'Bytes' },
          ],
        },
      ],
    });
  });

  it('stands in the table of the architecture', () => {
    const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'architecture.md'), 'utf8');

    for (const name of Object.keys(metricUnits)) expect(document).toContain(`\`${name}\``);
  });

  it('counts a cold start once', async () => {
    const task = createTask(telemetryOf(), { input: z.unknown() }, async () => ({}));

    const lines = await captureLines(async () => {
      await invoke(task, {});
      await invoke(task, {});
    });

    expect(lines.filter((line) => 'ColdStart' in line)).toMatchObject([
      { ColdStart: 1, function_name: 'test' },
    ]);
  });
});
