/** A failure that RMAN reports as a stack of numbered messages, outermost first. */
export class RmanError extends Error {
  readonly messages: readonly string[];

  constructor(messages: readonly string[]) {
    super(messages.join('\n'));
    this.name = 'RmanError';
    this.messages = messages;
  }
}

const operatingSystemTexts: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  ENOTDIR: 'Not a directory',
};

/** The messages for a file that could not be created or written, as Oracle stacks them. */
export const describeFileFailure = (path: string, cause: NodeJS.ErrnoException): readonly string[] => {
  const { code = 'EIO', errno = 5 } = cause;
  if (code === 'EEXIST') {
    return [`ORA-19504: failed to create file "${path}"`, 'ORA-27038: created file already exists'];
  }
  const system = `Linux-x86_64 Error: ${Math.abs(errno)}: ${operatingSystemTexts[code] ?? code}`;
  return code === 'ENOSPC'
    ? [`ORA-19502: write error on file "${path}"`, 'ORA-27072: File I/O error', system]
    : [
        `ORA-19504: failed to create file "${path}"`,
        'ORA-27040: file create error, unable to create file',
        system,
      ];
};
