import { createHash, timingSafeEqual } from 'node:crypto';
import type { MountId, UploadId } from '../../ids.ts';

export const dataKeyBytes = 32;

/** What a data key belongs to. */
export interface DataKeyBinding {
  readonly mountId: MountId;
  /** Counts up from 1 within the mount. */
  readonly generation: number;
  /** The upload it was made for: no snapshot before that one is encrypted with it. */
  readonly firstUploadId: UploadId;
}

/** A data key of a mount as everybody may see it: under a wrapping key that the customer keeps. */
export interface WrappedDataKey extends Omit<DataKeyBinding, 'mountId'> {
  /** Which wrapping key. */
  readonly keyId: string;
  /** Base64. */
  readonly wrapped: string;
}

/** Names of wrapping keys: ours, and those that key services give (ARNs among them). */
export const keyIdPattern = /^[A-Za-z0-9][A-Za-z0-9:._/@-]{0,255}$/;

/**
 * What is handed to a wrapping key: the data key, and a hash of what it belongs to. So a wrapped key cannot be passed off
 * as that of another mount or generation, whatever the key service checks.
 */
export const bindDataKey = (dataKey: Uint8Array, binding: DataKeyBinding): Buffer =>
  Buffer.concat([dataKey, hashBinding(binding)]);

/** The data key, or undefined when what was unwrapped does not belong there. */
export function unbindDataKey(payload: Uint8Array, binding: DataKeyBinding): Buffer | undefined {
  const expected = hashBinding(binding);
  if (payload.length !== dataKeyBytes + expected.length) return undefined;
  const isSame = timingSafeEqual(payload.subarray(dataKeyBytes), expected);
  return isSame ? Buffer.from(payload.subarray(0, dataKeyBytes)) : undefined;
}

const hashBinding = ({ mountId, generation, firstUploadId }: DataKeyBinding): Buffer =>
  createHash('sha256').update(`holdfast data key 1\n${mountId}\n${generation}\n${firstUploadId}\n`).digest();
