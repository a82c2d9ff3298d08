import { join } from 'node:path';
import type { GatewayConfig } from '../config.ts';
import type { Mount, Mounts } from '../mounts/mounts.ts';
import type { RequestRunDependencies } from './request-run.ts';
import { Requests } from './requests.ts';

type Given = Omit<
  RequestRunDependencies,
  'dataDirectory' | 'mountPathOf' | 'mounts' | 'reportMillis' | 'settings'
> & { readonly config: GatewayConfig };

/** What carries out requests. Getters: a reload changes the configuration under those who wait. */
export function openRequests(
  { config, ...given }: Given,
  mounts: Mounts,
  onUploadDropped: (mount: Mount) => void,
): Requests {
  const deps = {
    ...given,
    mounts,
    dataDirectory: config.dataDirectory,
    mountPathOf: (mount: Mount) => mountPathOf(config, mount),
    get reportMillis() {
      return config.timing.restoreReportSeconds * 1000;
    },
    settings: {
      get databases() {
        return config.databases;
      },
      get maxLogBytes() {
        return config.maxLogBytes;
      },
      get commitCheckMillis() {
        return config.timing.commitCheckMillis;
      },
    },
  };
  return new Requests(deps, mounts, onUploadDropped);
}

/** Where clients see the folder of a mount that RMAN writes to. */
export const mountPathOf = (
  { mountsDirectory, exportRoot = mountsDirectory }: GatewayConfig,
  { name }: Pick<Mount, 'name'>,
): string => join(exportRoot, name, 'oracle_data');
