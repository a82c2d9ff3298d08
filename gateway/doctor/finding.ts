/** What one check found. */
export interface Finding {
  /** What was looked at, as `service.token`. */
  readonly check: string;
  /** `warn`: works, but not as it should; `fail`: backups do not work, or soon will not. */
  readonly status: 'fail' | 'ok' | 'warn';
  readonly reason: string;
  /** What to do, where something is. */
  readonly advice?: string;
}

export const ok = (check: string, reason: string): Finding => ({ check, status: 'ok', reason });

export const warn = (check: string, reason: string, advice: string): Finding => ({
  ...{ check, status: 'warn', reason, advice },
});

export const fail = (check: string, reason: string, advice: string): Finding => ({
  ...{ check, status: 'fail', reason, advice },
});

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const inGibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
