/** An answer to the client. */
export interface GatewayResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body?: Buffer;
  /** Set when API Gateway itself answers. */
  readonly gatewayMessage?: string;
}

/** What API Gateway itself answers, with its own words. */
const MESSAGES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export function gatewayError(statusCode: keyof typeof MESSAGES): GatewayResponse {
  const gatewayMessage = MESSAGES[statusCode];
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message: gatewayMessage })),
    gatewayMessage,
  };
}
