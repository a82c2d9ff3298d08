import { STATES } from '../failure.ts';
import { parseExit } from './exit.ts';
import { AFTER_ERROR, type Fields } from './fields.ts';
import type { Catcher, ErrorHandling, Retrier } from './model.ts';

const DEFAULT_INTERVAL_SECONDS = 1;
const DEFAULT_MAX_ATTEMPTS = 3;
const DEFAULT_BACKOFF_RATE = 2;
const MAX_COUNT = 99_999_999;
/** 366 days, AWS's bound for MaxDelaySeconds. */
const MAX_DELAY_SECONDS = 31_622_400;

export function parseErrorHandling(fields: Fields): ErrorHandling {
  const retriers = fields.objects('Retry');
  const catchers = fields.objects('Catch');
  return {
    retry: retriers.map((retrier, index) => parseRetrier(retrier, index === retriers.length - 1)),
    catch: catchers.map((catcher, index) => parseCatcher(catcher, index === catchers.length - 1)),
  };
}

function parseRetrier(fields: Fields, isLast: boolean): Retrier {
  const intervalSeconds = fields.integer('IntervalSeconds', { min: 1, max: MAX_COUNT });
  const maxDelaySeconds = fields.integer('MaxDelaySeconds', { min: 1, max: MAX_DELAY_SECONDS });
  if (maxDelaySeconds !== undefined && maxDelaySeconds <= (intervalSeconds ?? DEFAULT_INTERVAL_SECONDS)) {
    fields.problems.invalid(fields.path, 'MaxDelaySeconds must be greater than IntervalSeconds');
  }
  const retrier: Retrier = {
    errorEquals: parseErrorEquals(fields, isLast),
    intervalSeconds: intervalSeconds ?? DEFAULT_INTERVAL_SECONDS,
    maxAttempts: fields.integer('MaxAttempts', { min: 0, max: MAX_COUNT }) ?? DEFAULT_MAX_ATTEMPTS,
    backoffRate: fields.number('BackoffRate', { min: 1, max: Number.MAX_VALUE }) ?? DEFAULT_BACKOFF_RATE,
    ...(maxDelaySeconds === undefined ? {} : { maxDelaySeconds }),
    jitter: parseJitter(fields),
  };
  fields.text('Comment');
  fields.finish();
  return retrier;
}

function parseJitter(fields: Fields): Retrier['jitter'] {
  const strategy = fields.text('JitterStrategy') ?? 'NONE';
  if (strategy !== 'FULL' && strategy !== 'NONE') {
    fields.problems.invalid(`${fields.path}/JitterStrategy`, 'Expected FULL or NONE');
    return 'NONE';
  }
  return strategy;
}

function parseCatcher(fields: Fields, isLast: boolean): Catcher {
  const errorEquals = parseErrorEquals(fields, isLast);
  const next = fields.requiredText('Next');
  const exit = parseExit(fields, AFTER_ERROR);
  fields.text('Comment');
  fields.finish();
  return { errorEquals, ...exit, next };
}

function parseErrorEquals(fields: Fields, isLast: boolean): string[] {
  const names = fields.take('ErrorEquals');
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string')) {
    fields.problems.invalid(`${fields.path}/ErrorEquals`, 'Expected a list of one or more error names');
    return [];
  }
  if (names.includes(STATES.all) && (names.length > 1 || !isLast)) {
    fields.problems.invalid(
      `${fields.path}/ErrorEquals`,
      'States.ALL must stand alone and in the last entry of its list',
    );
  }
  return names;
}
