import type { ProtocolError } from './errors.ts';

export const mediaType = 'application/json; charset=utf-8';

/** The order of keys, here and in results, is the document's: scripts may read the line with sed and awk. */
const answer = (errorCode: number, errorMessage: string, result: object): string =>
  JSON.stringify({ error_code: errorCode, error_msg: errorMessage, result });

/** One line of JSON. */
export const success = (result: object): string => answer(0, '', result);

export const failure = (error: ProtocolError): string => answer(error.code, error.message, {});
