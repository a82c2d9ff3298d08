import { isAbsolute } from 'node:path';
import * as z from 'zod';

/** In a configuration file, which does not know where the gateway was started. */
export const absolutePath = z.string().refine(isAbsolute, 'must be an absolute path');
