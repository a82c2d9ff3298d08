import { ServiceError } from '../../errors.ts';
import { addMillis, type Instant, laterOf, toMillis } from '../instant.ts';

/** Two good clocks are seconds apart; S3's has whole seconds, and a listing takes its time. */
const maxSkewMillis = 5 * 60_000;

/** Lambdas that wrote for an upload, and requests that were on their way, have ended long before. */
const afterUrlsMillis = 24 * 3_600_000;

/** When nothing can be written any more with a URL that was valid until then. */
export const urlsAreDeadAt = (urlUntil: Instant): Instant => addMillis(urlUntil, afterUrlsMillis);

/** The earlier of the service's time and S3's; throws CLOCK_SKEWED when they are too far apart to trust either. */
export function earlierClock(service: Instant, s3: Instant): Instant {
  if (Math.abs(toMillis(service) - toMillis(s3)) > maxSkewMillis) {
    throw new ServiceError('CLOCK_SKEWED', `the service says ${service}, S3 says ${s3}: nothing is deleted`);
  }
  return laterOf(service, s3) === service ? s3 : service;
}
