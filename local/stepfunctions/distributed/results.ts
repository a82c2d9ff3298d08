import { type Json, parseStored } from '../json.ts';
import type { ExecutionRecord } from '../records.ts';
import { MAP_RESULT_STYLE, reportExecution } from './execution-report.ts';
import type { Transformation } from './requests.ts';

/** What a child that has ended adds to the results. Of one that failed this is always what describes it. */
export function transformResult(child: ExecutionRecord, transformation: Transformation): readonly Json[] {
  if (transformation === 'NONE' || child.output === null) {
    return [reportExecution(child, MAP_RESULT_STYLE)];
  }
  const output = parseStored(child.output);
  return transformation === 'FLATTEN' && Array.isArray(output) ? (output as Json[]) : [output];
}
