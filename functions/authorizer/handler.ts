import middy from '@middy/core';
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import type { Caller } from '../../shared/domain/access.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { authenticate } from '../../shared/usecases/access/authenticate.ts';
import { observe, type Telemetry } from '../runtime/telemetry.ts';

/** Says who calls, nothing more: API Gateway may reuse the answer for a minute, on every route. */
export function createAuthorizer({
  catalog,
  clock,
  telemetry,
}: {
  catalog: Pick<Catalog, 'credentials' | 'stores'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return middy(
    async (
      event: APIGatewayRequestAuthorizerEventV2,
    ): Promise<APIGatewaySimpleAuthorizerWithContextResult<Caller | Record<string, never>>> => {
      const caller = await authenticate({ catalog, clock }, event.headers?.authorization ?? '');
      return caller ? { isAuthorized: true, context: caller } : { isAuthorized: false, context: {} };
    },
  ).use(observe(telemetry));
}
