import { parseDistributed, refuseDistributed } from './distributed-map.ts';
import { parseErrorHandling } from './error-handling.ts';
import { parseStateExit } from './exit.ts';
import { AFTER_RESULT, DURING_STATE, type Fields } from './fields.ts';
import type { MapState, ParallelState } from './model.ts';
import type { Integrations } from './resource.ts';
import { VariableScope } from './scope.ts';

/** Reads the states of an inner scope and returns the name of its first state. */
export type ParseStates = (fields: Fields, scope: VariableScope) => string;

const MAX_COUNT = 99_999_999;

export function parseParallel(name: string, fields: Fields, parseStates: ParseStates): ParallelState {
  const branches = fields.objects('Branches');
  if (branches.length === 0) {
    fields.problems.invalid(`${fields.path}/Branches`, 'Expected one or more branches');
  }
  const input = fields.template('Arguments', DURING_STATE);
  return {
    type: 'Parallel',
    name,
    ...(input && { arguments: input }),
    branches: branches.map((branch) => {
      const startAt = parseStates(branch, new VariableScope(fields.scope));
      branch.text('Comment');
      branch.finish();
      return startAt;
    }),
    ...parseErrorHandling(fields),
    ...parseStateExit(fields, AFTER_RESULT),
  };
}

export function parseMap(
  name: string,
  fields: Fields,
  parsing: { readonly parseStates: ParseStates; readonly integrations: Integrations },
): MapState {
  const { startAt, isDistributed } = parseProcessor(fields, parsing.parseStates);
  const distributed = isDistributed
    ? parseDistributed(name, fields, parsing.integrations)
    : refuseDistributed(fields);
  const items = fields.template('Items', DURING_STATE);
  const itemSelector = fields.template('ItemSelector', DURING_STATE);
  const maxConcurrency = fields.integerTemplate('MaxConcurrency', { min: 0, max: MAX_COUNT });
  if (items?.kind === 'literal' && !Array.isArray(items.value)) {
    fields.problems.unsupported(`${fields.path}/Items`, 'Items must be a list');
  }
  return {
    type: 'Map',
    name,
    startAt,
    ...(items && { items }),
    ...(itemSelector && { itemSelector }),
    ...(maxConcurrency && { maxConcurrency }),
    ...(distributed && { distributed }),
    ...parseErrorHandling(fields),
    ...parseStateExit(fields, AFTER_RESULT),
  };
}

function parseProcessor(
  fields: Fields,
  parseStates: ParseStates,
): { startAt: string; isDistributed: boolean } {
  const processor = fields.object('ItemProcessor');
  if (processor === undefined) {
    fields.problems.invalid(fields.path, 'These fields are required: [ItemProcessor]');
    return { startAt: '', isDistributed: false };
  }
  const isDistributed = parseProcessorConfig(processor);
  const startAt = parseStates(processor, new VariableScope(fields.scope, isDistributed));
  processor.text('Comment');
  processor.finish();
  return { startAt, isDistributed };
}

function parseProcessorConfig(processor: Fields): boolean {
  const config = processor.object('ProcessorConfig');
  if (config === undefined) {
    return false;
  }
  const mode = config.text('Mode') ?? 'INLINE';
  const executionType = config.text('ExecutionType');
  if (mode !== 'INLINE' && mode !== 'DISTRIBUTED') {
    config.problems.invalid(`${config.path}/Mode`, 'Expected INLINE or DISTRIBUTED');
  }
  if (mode === 'DISTRIBUTED' && executionType !== 'STANDARD') {
    config.problems.unsupported(
      `${config.path}/ExecutionType`,
      'Only STANDARD child executions can run here',
    );
  }
  config.finish();
  return mode === 'DISTRIBUTED';
}
