import { type EndpointAnswer, listenEndpoint } from '../endpoint/listen.ts';
import type { LocalService } from '../services.ts';

/** More than any request to a service that is meant by mistake. */
const MAX_BODY_BYTES = 2 ** 20;

/**
 * The endpoint of every AWS service that the local AWS does not have: without it, the SDK would send the request to
 * AWS itself. Answers with an error that says which service was meant.
 */
export const startUnsupportedServices = (port: number): Promise<LocalService> =>
  listenEndpoint({
    port,
    maxBodyBytes: MAX_BODY_BYTES,
    answer: ({ headers }) => {
      // Credential=KEY/DAY/REGION/SERVICE/aws4_request
      const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1];
      return notImplemented(`"${service ?? 'unknown'}"`);
    },
    refuse: () => notImplemented('that takes such a request'),
  });

const notImplemented = (service: string): EndpointAnswer => ({
  status: 501,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'NotImplemented' },
  body: JSON.stringify({ __type: 'NotImplemented', message: `The local AWS has no service ${service}.` }),
});
