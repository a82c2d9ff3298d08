import type { KeyWrapper } from '../ports/key-wrapper.ts';
import { commandWrapper } from './command-wrapper.ts';
import type { KeySettings } from './encryption-settings.ts';
import { fileWrapper } from './file-wrapper.ts';
import { readKeyFile } from './key-file.ts';

/** Opened anew each time: a file may have been replaced. Throws KeyError. */
export const openWrapper = async (settings: KeySettings): Promise<KeyWrapper> =>
  settings.kind === 'file' ? fileWrapper(await readKeyFile(settings.file)) : commandWrapper(settings);
