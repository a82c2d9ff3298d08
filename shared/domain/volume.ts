import type { ArchiveClass } from './archive/archive-class.ts';

/** A vault that mounts back up to, as administrators name it. */
export interface Volume {
  readonly volumeId: number;
  readonly name: string;
  /** Not on the disks of a store. */
  readonly type: 'remote';
}

/** Where old packs of a volume go, as its deployment says. */
export interface VolumeArchive {
  readonly class: ArchiveClass;
  /** Absent: nothing more is moved there. */
  readonly coldAfterDays?: number;
  /** What the thaw of one restore may cost, in US dollars. */
  readonly maxThawUsd: number;
}

/** The vault that a deployment makes, under the name and the first number that archive volumes outside of a cluster have. */
export const deployedVolume: Volume = { volumeId: 10_001, name: 'cloud_data_remote_volume', type: 'remote' };

export const volumes: readonly Volume[] = [deployedVolume];

/** The volume that is meant: the id wins over the name, and with neither it is the deployed one. */
export function findVolume({
  volumeId,
  name,
}: {
  readonly volumeId?: number | undefined;
  readonly name?: string | undefined;
}): Volume | undefined {
  if (volumeId !== undefined) return volumes.find((each) => each.volumeId === volumeId);
  return name === undefined ? deployedVolume : volumes.find((each) => each.name === name);
}
