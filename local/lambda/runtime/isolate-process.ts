import { constants } from 'node:os';

/**
 * What a worker thread shares with the process that it runs in, and an execution environment has for itself: the
 * working folder, as far as paths are resolved by `node:path`, and the process that a signal is sent to.
 */
export function isolateProcess(taskRoot: string, onSignal: (signal: string) => void): void {
  process.cwd = () => taskRoot;
  const sendSignal = process.kill.bind(process);
  process.kill = (pid, signal = 'SIGTERM') => {
    if (pid !== process.pid) return sendSignal(pid, signal);
    if (signal !== 0) onSignal(nameOf(signal));
    return true;
  };
}

/** As Lambda names them when an environment ended. */
const SIGNAL_WORDS: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGQUIT: 'quit',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

function nameOf(signal: string | number): string {
  const name =
    typeof signal === 'string'
      ? signal
      : Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return SIGNAL_WORDS[name ?? ''] ?? String(name ?? signal);
}
