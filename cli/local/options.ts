import { Option } from 'commander';

/** Which local AWS a command is about. */
export interface FolderOptions {
  readonly data?: string;
}

export const dataOption = (): Option =>
  new Option('--data <folder>', 'its data folder (default: .holdfast/local in the project)').env(
    'HOLDFAST_LOCAL_DATA',
  );

export const jsonOption = (): Option => new Option('--json', 'JSON and nothing else on standard output');
