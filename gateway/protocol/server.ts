import multipart from '@fastify/multipart';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import { AccessLog } from '../access-log/access-log.ts';
import { isDiskFull } from '../file-errors.ts';
import { toPrintable } from '../log/printable.ts';
import { failure, mediaType } from './answer.ts';
import { addBackupCalls, type BackupCalls } from './backup-calls.ts';
import type { ClientNetworks } from './client-networks.ts';
import { ownError, ProtocolError, vendorError } from './errors.ts';
import { answerClientError } from './refused-by-http.ts';
import { addRestoreCalls, type RestoreCalls } from './restore-calls.ts';

const prefix = '/druva-phoenix/v1';

/** Names of mounts have at most 63 characters; longer ones shall be answered, not cut off by the router. */
const maxParamLength = 8192;

/**
 * To send one request: a client that stalls in the middle of a log must not hold up the end of the server for ever.
 * Its headers must be there after 60 s, by Node's own limit.
 */
const maxRequestMillis = 600_000;

/** As much as is repeated of a call that does not exist. */
const maxCallLength = 300;

/** Idle clients must not take the file descriptors that uploads need. */
const maxConnections = 512;

/** Node would answer a call without the header Host by itself, and with no body. */
const http = { requireHostHeader: false };

/**
 * The gateway's server with its logger, for it is made before anything can go wrong. It speaks TLS when it gets a
 * certificate.
 */
export function createServer(
  logStream: { write(line: string): void },
  certificate?: { readonly cert: string; readonly key: string },
): FastifyInstance {
  const accessLog = new AccessLog();
  const options: FastifyServerOptions = {
    logger: { level: 'info', stream: { write: (line: string) => logStream.write(toPrintable(line)) } },
    // The access log tells each call, in one line instead of two.
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength, ignoreTrailingSlash: true },
    requestTimeout: maxRequestMillis,
    // Calls that come while the server ends are answered as always: it closes when the last one is.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // A path that cannot be decoded names no mount.
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      const answer = failure(vendorError('MOUNT_MISSING'));
      // No hook is called for it.
      accessLog.tell(request, reply, answer);
      reply.type(mediaType).send(answer);
    },
  };
  // Fastify types the instance by its server; all that we call is the same on both.
  const transport = certificate ? { https: { ...http, ...certificate } } : { http };
  const app = Fastify({ ...options, ...transport } as FastifyServerOptions);
  app.server.maxConnections = maxConnections;
  // What else a client expects than 100-continue is none of the protocol's: it gets its answer all the same.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  accessLog.follow(app);
  return app;
}

/**
 * Adds the calls of the gateway protocol. Errors of the protocol are answered with status 200 and the error in the
 * body, for scripts read the body and run curl without -f.
 */
export async function addProtocol(
  app: FastifyInstance,
  clients: ClientNetworks,
  calls: BackupCalls & RestoreCalls,
): Promise<void> {
  // No call but uploadlog has a body: whatever curl sends along is dropped.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null));
  await app.register(multipart);
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.type(mediaType);
    // A call that was in progress would leave a connection that the end of the server waits for.
    if (isClosing) reply.header('connection', 'close');
  });
  app.setErrorHandler((error, request, reply) => {
    const known = toProtocolError(error);
    if (known.name === 'INTERNAL' || isDiskFull(error)) request.log.error({ err: error }, 'call failed');
    reply.status(known.name === 'INTERNAL' ? 500 : 200).send(failure(known));
  });
  app.setNotFoundHandler((request, reply) => {
    const call = `${request.method} ${request.url.split('?')[0]?.slice(0, maxCallLength)}`;
    reply.status(404).send(failure(ownError('CALL_UNKNOWN', `There is no call ${call}.`)));
  });
  app.register(
    async (scope) => {
      scope.addHook<{ Params: { mount: string } }>('onRequest', async ({ params: { mount }, ip }) => {
        if (clients.allows(mount, ip)) return;
        throw ownError('CLIENT_REFUSED', `The client ${ip} may not use this mount: see allowedClients.`);
      });
      addBackupCalls(scope, calls);
      addRestoreCalls(scope, calls);
    },
    { prefix },
  );
}

/** Mounts have disks of their own, whose lack of space is told by name. */
const diskFull =
  'The disk of the data directory is full, so nothing was changed: free space there and call again. See the log.';

function toProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  if (isDiskFull(error)) return ownError('SPACE_LOW', diskFull, error);
  const isBadRequest =
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode < 500;
  return isBadRequest
    ? ownError('REQUEST_MALFORMED', `Malformed request: ${error.message}.`)
    : ownError('INTERNAL', 'The gateway failed; see its log.', error);
}
