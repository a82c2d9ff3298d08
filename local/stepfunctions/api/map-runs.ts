import * as z from 'zod';
import { describeMapRun } from './describe.ts';
import { refuseRequest } from './errors.ts';
import { listMapRuns } from './lists.ts';
import { findMapRun } from './lookup.ts';
import { arn, dropUndefined, type Operations, operation } from './operation.ts';
import { pageFields } from './pages.ts';

export const mapRunOperations: Operations = {
  DescribeMapRun: operation({ mapRunArn: arn }, ({ store }, { mapRunArn }) => {
    const mapRun = findMapRun(store, mapRunArn);
    const parent = store.executions.get(mapRun.executionId);
    return describeMapRun(mapRun, parent?.arn ?? '', store.mapRuns.tally(mapRunArn));
  }),
  ListMapRuns: operation({ ...pageFields, executionArn: arn }, ({ store }, request) =>
    listMapRuns(store, request),
  ),
  UpdateMapRun: operation(
    {
      mapRunArn: arn,
      maxConcurrency: z.int().min(0).optional(),
      toleratedFailureCount: z.int().min(0).optional(),
      toleratedFailurePercentage: z.number().min(0).max(100).optional(),
    },
    async ({ store, executor }, { mapRunArn, ...changes }) => {
      const isUpdated = await executor.updateMapRun(findMapRun(store, mapRunArn), dropUndefined(changes));
      if (!isUpdated) {
        throw refuseRequest(`The Map Run ${mapRunArn} is not running, so that it cannot be updated`);
      }
      return {};
    },
  ),
};
