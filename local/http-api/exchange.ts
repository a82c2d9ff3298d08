import type { GatewayResponse } from './gateway-response.ts';

/** A request that was answered, with what the access log wants to know of the way there. */
export interface Exchange {
  readonly response: GatewayResponse;
  /** Absent: no route was found. */
  readonly routeKey?: string;
  /** What the authorizer said beside its decision. */
  readonly authorizerContext?: unknown;
  readonly authorizerError?: string;
  readonly integration?: IntegrationReport;
}

export interface IntegrationReport {
  readonly latencyMs: number;
  /** Status of Lambda's answer, whatever the function said. */
  readonly lambdaStatus?: number;
  /** The status that the function gave. */
  readonly functionStatus?: number;
  readonly error?: string;
}
