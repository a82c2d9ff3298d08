import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/**
 * Answers with the API's own description. The document never changes while the code does not, so it comes with the
 * bundle as text: no schema is loaded to say it, and nothing else can fail.
 */
export const createDocumentApi =
  (document: string) => async (): Promise<APIGatewayProxyStructuredResultV2> => ({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: document,
  });
