import { describe, expect, it } from 'vitest';
import type { FunctionDescription } from '../../infra/function-description.ts';
import { functionTable } from '../../infra/function-table.ts';
import { apiAreas } from '../../shared/contracts/route.ts';
import { createMemoryService } from '../support/memory-service.ts';
import { createStoreAndMount, openSnapshot } from '../support/uploading.ts';

// What stands between a caller and a function: 30 s and 10 MB of API Gateway, 6 MB of Lambda (S39).

const GATEWAY_SECONDS = 30;
const LAMBDA_BYTES = 6_000_000;

describe('a function of the API', () => {
  it.each(apiAreas)('%s gives up before API Gateway does', (area) => {
    const { timeout }: FunctionDescription = functionTable[area];

    expect(timeout?.toSeconds() ?? 0).toBeGreaterThan(0);
    expect(timeout?.toSeconds() ?? GATEWAY_SECONDS).toBeLessThan(GATEWAY_SECONDS);
  });

  it('signs the most objects of one call in an answer that Lambda can give', async () => {
    const service = createMemoryService();
    const { mount, caller } = await createStoreAndMount(service);
    const upload = await openSnapshot(service, caller, mount);
    const objects = Array.from({ length: 500 }, (_, index) => ({
      kind: 'pack',
      number: 99_000 + index,
      sha256: 'f'.repeat(64),
      sizeBytes: 64 * 2 ** 20,
    }));

    const { statusCode, body } = await service.send('signUpload', {
      caller,
      params: { uploadId: upload.uploadId },
      body: { fence: upload.fence, objects },
    });

    expect(statusCode).toBe(200);
    // On AWS a URL has the token of the function's session besides, about a kilobyte.
    expect(JSON.stringify(body).length + 500 * 1500).toBeLessThan(LAMBDA_BYTES);
  });

  it('answers a long piece of work at once, with what to ask for', async () => {
    const service = createMemoryService();
    const { mount, caller } = await createStoreAndMount(service);
    const upload = await openSnapshot(service, caller, mount);

    const { statusCode, body } = await service.send('commitUpload', {
      caller,
      params: { uploadId: upload.uploadId },
      body: { fence: upload.fence, manifestSha256: 'a'.repeat(64), manifestBytes: 1000 },
    });

    expect({ statusCode, state: body?.['state'] }).toEqual({ statusCode: 202, state: 'committing' });
    expect(service.workflows.calls).toHaveLength(1);
  });
});
