import { spawn } from 'node:child_process';
import * as z from 'zod';
import { toPrintable } from '../log/printable.ts';
import { KeyError, type KeyWrapper } from '../ports/key-wrapper.ts';
import type { KeySettings } from './encryption-settings.ts';

/** A wrapped data key has a few hundred bytes. */
const maxAnswerBytes = 64 * 1024;
const maxTold = 300;

const base64 = z.base64().min(1).max(2048);
const answers = {
  wrap: z.strictObject({ wrapped: base64 }).transform(({ wrapped }) => wrapped),
  unwrap: z.strictObject({ payload: base64 }).transform(({ payload }) => payload),
};

/**
 * A key service, asked by a program of the customer's: one run for each wrapping, `{"operation", "keyId", …}` on standard
 * input, the answer on standard output. Nothing secret stands in its arguments or environment.
 */
export function commandWrapper(settings: KeySettings & { readonly kind: 'command' }): KeyWrapper {
  const { keyId } = settings;
  const ask = async (operation: 'unwrap' | 'wrap', field: object, secret?: string): Promise<string> => {
    const input = JSON.stringify({ version: 1, operation, keyId, ...field });
    const { status, stdout, stderr } = await runOnce(settings, input);
    if (status === 0) {
      const parsed = answers[operation].safeParse(parseJson(stdout));
      if (parsed.success) return parsed.data;
      throw new KeyError(`${settings.command[0]} does not answer ${operation} for key ${keyId} as agreed`);
    }
    // It may have told what it was given.
    const safe = stderr.replaceAll(secret ?? '\0', '[secret]').trim();
    const told = toPrintable(safe.slice(-maxTold).replaceAll('\n', ' '));
    throw new KeyError(`${settings.command[0]} cannot ${operation} with key ${keyId} (${status}): ${told}`);
  };
  return {
    keyId,
    wrap(payload) {
      const secret = payload.toString('base64');
      return ask('wrap', { payload: secret }, secret);
    },
    unwrap: async (wrapped) => Buffer.from(await ask('unwrap', { wrapped }), 'base64'),
  };
}

interface Outcome {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function runOnce(
  { command: [program, ...args], timeoutSeconds }: KeySettings & { readonly kind: 'command' },
  input: string,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: 'pipe',
      timeout: timeoutSeconds * 1000,
      killSignal: 'SIGKILL',
    });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    const take = (into: Buffer[]) => (chunk: Buffer) => {
      if (into.reduce((sum, { length }) => sum + length, 0) <= maxAnswerBytes) into.push(chunk);
    };
    child.stdout.on('data', take(out));
    child.stderr.on('data', take(err));
    child.on('error', (error) => reject(new KeyError(`${program} cannot be started: ${error.message}`)));
    // It may end without having read anything.
    child.stdin.on('error', () => {});
    child.on('close', (code, signal) => {
      const timedOut = signal === 'SIGKILL' ? `no answer in ${timeoutSeconds} s` : `signal ${signal}`;
      const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()];
      resolve({ status: code ?? timedOut, stdout, stderr });
    });
    child.stdin.end(input);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
