import { Logger } from '@aws-lambda-powertools/logger';

/** Structured logs of one function; no secret, token or signed URL is ever given to it. */
export const createLogger = (serviceName: string): Logger => new Logger({ serviceName });
