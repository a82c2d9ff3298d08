import { readFile } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import * as z from 'zod';
import { absolutePath } from './absolute-path.ts';
import { type ConfigProblem, problemsOf } from './config-problems.ts';
import { encryptionSettings } from './encryption/encryption-settings.ts';
import { parseJsonc } from './jsonc.ts';
import { logSettings } from './log/log-settings.ts';
import { metricsSettings } from './metrics/metrics-settings.ts';
import { networkSettings } from './network/network-settings.ts';
import { snapshotKinds } from './ports/snapshots.ts';
import { agentSettings } from './requests/agent-settings.ts';
import { keepSettings } from './snapshots/keep-settings.ts';
import { uploadSettings } from './uploads/upload-settings.ts';

const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** The store's token travels with every call: in clear only as far as this machine. */
const serviceUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || loopbackHosts.has(hostname);
  }, 'must begin with https:// unless the service runs on this machine')
  .transform((text) => text.replace(/\/+$/, ''));

/** `10.0.0.0/8`, or an address alone. */
const network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], 'must be an IP address or network');

const timing = z.strictObject({
  /** One call to the service, from sending to the whole answer. */
  requestTimeoutSeconds: z.number().positive().default(30),
  /**
   * A transfer to or from the vault in which no byte moves for so long is given up and tried again. What we see move
   * ends some 4 MiB (TCP's buffer) before the far end: in 120 s even a line of 40 kB/s empties that.
   */
  stallTimeoutSeconds: z.number().positive().default(120),
  retryFirstMillis: z.int().min(1).default(500),
  retryMaxSeconds: z.number().positive().default(300),
  /** The service says when to poll again; however long it says, orders shall not wait longer than this. */
  pollMaxSeconds: z.number().positive().default(120),
  /** How often a commit under way is asked for. */
  commitCheckMillis: z.int().min(10).default(2000),
  /** How often a running restore reports, also when nothing moves. */
  restoreReportSeconds: z.number().positive().default(10),
});

const gatewayConfig = z
  .strictObject({
    /** Journal, token and spooled logs; used by one process at a time. */
    dataDirectory: absolutePath,
    /** Holds a folder for each mount; must exist. */
    mountsDirectory: absolutePath,
    /** How mounts are frozen; `auto`: the best that the file system of the mounts can do. */
    snapshots: z.enum(['auto', ...snapshotKinds]).default('auto'),
    /** POST is refused while less is free for a mount, for a backup would only fill the disk. */
    minFreeBytes: z
      .int()
      .min(0)
      .default(256 * 2 ** 20),
    /**
     * Who exports the mounts: `none`, the administrator; `exportfs`, the gateway, to the networks of `allowedClients`,
     * in a file of its own, whose name must end in `.exports` for nfs-utils to read it.
     */
    exports: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('none') }),
        z.strictObject({
          kind: z.literal('exportfs'),
          file: absolutePath
            .refine((file) => file.endsWith('.exports'), 'must end in .exports')
            .default('/etc/exports.d/holdfast.exports'),
        }),
      ])
      .default({ kind: 'none' }),
    /** Where clients see `mountsDirectory`, when NFS exports it under another path. */
    exportRoot: absolutePath.optional(),
    listen: z
      .strictObject({
        host: z.string().min(1).default('127.0.0.1'),
        port: z.int().min(0).max(65_535).default(9090),
        /** The operator's own certificate, the server's first, and its key; PEM, without a passphrase. */
        tls: z.strictObject({ certificate: absolutePath, key: absolutePath }).optional(),
      })
      .prefault({}),
    /**
     * Who may call, by mount (`*`: all others): the protocol itself knows no authentication. Only this machine unless
     * it is given.
     */
    allowedClients: z.record(z.string(), z.array(network)).default({ '*': ['127.0.0.0/8', '::1'] }),
    service: z.strictObject({ url: serviceUrl }),
    network: networkSettings,
    upload: uploadSettings,
    keepSnapshots: keepSettings,
    /** Of which backups can be requested; none: only scripts of the DBA begin backups. */
    databases: agentSettings,
    /** Encryption before anything leaves this site; nothing is encrypted unless it is given. */
    encryption: encryptionSettings.optional(),
    /** The data mover reads logs of up to 256 MiB; a day of RMAN writes a few MiB. */
    maxLogBytes: z
      .int()
      .min(1)
      .max(256 * 2 ** 20)
      .default(64 * 2 ** 20),
    log: logSettings,
    metrics: metricsSettings,
    timing: timing.prefault({}),
  })
  .refine(({ dataDirectory, mountsDirectory }) => areApart(dataDirectory, mountsDirectory), {
    path: ['dataDirectory'],
    message: 'and mountsDirectory must not lie in one another: mounts are exported, the token must not be',
  })
  .refine(({ log, mountsDirectory }) => log.file === undefined || !isWithin(mountsDirectory, log.file), {
    path: ['log', 'file'],
    message: 'must not lie in mountsDirectory: mounts are exported',
  })
  .superRefine(({ encryption, mountsDirectory }, context) => {
    for (const [name, key] of Object.entries(encryption?.keys ?? {})) {
      if (key.kind !== 'file' || !isWithin(mountsDirectory, key.file)) continue;
      const message = 'must not lie in mountsDirectory: mounts are exported, the key must not be';
      context.addIssue({ code: 'custom', path: ['encryption', 'keys', name, 'file'], message });
    }
  });

export type GatewayConfig = z.output<typeof gatewayConfig>;

/** The configuration cannot be used; the message lists every problem. */
export class ConfigError extends Error {}

/** The schema of the configuration file, for editors and for whoever writes one. */
export const configSchema = (): z.core.JSONSchema.BaseSchema =>
  z.toJSONSchema(gatewayConfig, { io: 'input' });

export type CheckedConfig =
  | { readonly config: GatewayConfig; readonly problems: readonly [] }
  | { readonly config?: never; readonly problems: readonly ConfigProblem[] };

/** Reads a configuration file and lists everything that is wrong in it. Throws ConfigError when it cannot be read. */
export async function checkConfig(file: string): Promise<CheckedConfig> {
  const given = await readConfigFile(file);
  const { data, error } = gatewayConfig.safeParse(given);
  return error ? { problems: problemsOf(error, given, configSchema()) } : { config: data, problems: [] };
}

/** Reads and checks a configuration file. Throws ConfigError. */
export async function loadConfig(file: string): Promise<GatewayConfig> {
  const { config, problems } = await checkConfig(file);
  if (config) return config;
  throw new ConfigError(`the configuration file ${file} has problems:\n${problems.map(lineOf).join('\n')}`);
}

const lineOf = ({ place, message }: ConfigProblem): string => `  ${place || 'file'}: ${message}`;

async function readConfigFile(file: string): Promise<unknown> {
  try {
    return parseJsonc(await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`the configuration file ${file} cannot be read: ${why}`);
  }
}

const areApart = (a: string, b: string): boolean => !isWithin(a, b) && !isWithin(b, a);

const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || isAbsolute(way));
};
