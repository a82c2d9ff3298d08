import { paginateGetExecutionHistory } from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import type { Vault } from '../../shared/ports/vault.ts';
import { askCommit, createStoreAndMount, openSnapshot, uploadFiles } from '../support/uploading.ts';
import { openWorkflows } from './support.ts';

/** An execution fails with its 25,000th event, past every Catch (S38). */
const MOST_EVENTS = 25_000;
/** The largest upload has 500,000 objects; S3 lists 1,000 a page. */
const PAGES = 500;

it('commits the largest upload in a small part of the events that an execution may have', async () => {
  const { service, local, machines } = await openWorkflows();
  await using _ = local;
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
  let pages = 0;
  const list = service.vault.listVersions;
  const listAfterManyPages: Vault['listVersions'] = async (request) => {
    pages += 1;
    const page = await list({ prefix: request.prefix });
    // Pages that end before the first object: the commit must go on asking.
    const next = { key: request.prefix, versionId: `page-${pages}` };
    return pages < PAGES ? { versions: [], next, date: page.date } : page;
  };
  Object.assign(service.vault, { listVersions: listAfterManyPages });

  const input = { uploadId: upload.uploadId, attempt: 1 };
  const executionArn = await local.workflows.start(machines.commit, input);
  const { status } = await local.workflows.ended(executionArn);
  let events = 0;
  for await (const page of paginateGetExecutionHistory(
    { client: local.workflows.client },
    { executionArn },
  )) {
    events += page.events?.length ?? 0;
  }

  expect({ status, pages }).toEqual({ status: 'SUCCEEDED', pages: PAGES });
  // Every task may be retried up to six times, with three events each.
  expect(events * 7).toBeLessThan(MOST_EVENTS / 10);
});
