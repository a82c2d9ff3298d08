import { ServiceError } from '../../errors.ts';

/** The object named is not what was stored: `what` says where it breaks its format. */
export const damaged = (object: string, what: string, cause?: unknown): ServiceError =>
  new ServiceError('VAULT_OBJECT_DAMAGED', `${object}: ${what}`, { details: { object }, cause });

/** The object named uses a version, algorithm or feature that this reader does not know. */
export const unsupported = (object: string, what: string): ServiceError =>
  new ServiceError('VAULT_FORMAT_UNSUPPORTED', `${object}: ${what}`, { details: { object } });

/** A path in the object named would leave the folder that it is restored to. */
export const unsafePath = (object: string, path: Buffer, why: string): ServiceError =>
  new ServiceError('VAULT_PATH_UNSAFE', `${object}: path ${JSON.stringify(path.toString())} ${why}`, {
    details: { object, pathBase64: path.toString('base64') },
  });
