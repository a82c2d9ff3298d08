import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../ports/log.ts';
import { GatewayMetrics, type MetricsSources } from './gateway-metrics.ts';
import type { MetricsSettings } from './metrics-settings.ts';

/** To send one request; nobody else's time depends on it. */
const requestMillis = 10_000;
const maxConnections = 20;

export interface MetricsServer {
  close(): Promise<void>;
}

/** Answers `GET /metrics`. When it cannot listen, the log says so: without metrics backups go on all the same. */
export async function serveMetrics(
  { host, port }: MetricsSettings,
  sources: MetricsSources,
  log: Log,
): Promise<MetricsServer> {
  const metrics = new GatewayMetrics(sources);
  const server = createServer({ requestTimeout: requestMillis }, ({ method, url }, response) => {
    const path = url?.split('?')[0];
    if (path !== '/metrics') return void answer(response, 404, 'There is only /metrics.\n');
    if (method !== 'GET') return void answer(response, 405, 'There is only GET.\n');
    metrics.render().then(
      (text) => answer(response, 200, text, metrics.contentType),
      (error: unknown) => {
        log.error({ err: error }, 'the metrics cannot be read');
        answer(response, 500, 'The metrics cannot be read; see the log of the gateway.\n');
      },
    );
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve) => {
    server.once('error', (error) => {
      log.error({ err: error, host, port }, 'metrics are not served: check metrics.host and metrics.port');
      resolve();
    });
    server.listen(port, host, resolve);
  });
  server.on('error', (error) => log.error({ err: error }, 'metrics are not served any more'));
  if (server.listening) log.info({ url: urlOf(server.address() as AddressInfo) }, 'metrics are served');
  return {
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type }).end(text);
}
