import type { JudgedDatabase, JudgedWindow } from '../recoverability/judgement.ts';
import { doubt, type RecoveryEnd, type ScriptRefusal } from './script-order.ts';

/** Where a recovery ends, and which of the judged windows it lies in. */
export interface ChosenEnd {
  readonly window?: JudgedWindow;
  /** Absent: RMAN applies what there is, and ends with RMAN-06054 at the first log that is not. */
  readonly end?: RecoveryEnd;
  readonly refusals: readonly ScriptRefusal[];
}

/** The end that was asked for, where the judgement promises it; without one the last that it promises. */
export function chooseEnd({ windows }: JudgedDatabase, wanted: RecoveryEnd | undefined): ChosenEnd {
  const window = windows.at(-1);
  // Nothing is promised: the verdict is refused by itself.
  if (window === undefined) return { ...(wanted && { end: wanted }), refusals: [] };
  if (wanted === undefined) return endOf(window);
  switch (wanted.by) {
    case 'time':
      return endAtTime(windows, window, wanted);
    case 'sequence':
      return { window, end: wanted, refusals: refuseSequence(window, wanted) };
    case 'scn': {
      const text = `the logs of RMAN do not say which SCNs can be reached; ${describeWindow(window)}`;
      return { window, end: wanted, refusals: [doubt('TARGET_UNCERTAIN', text)] };
    }
  }
}

function endOf(window: JudgedWindow): ChosenEnd {
  const { through, to } = window;
  if (window.isConsistent) return { window, refusals: [] };
  const [only, ...others] = through;
  if (only !== undefined && others.length === 0) {
    const end = { by: 'sequence', thread: only.thread, sequence: only.sequence + 1 } as const;
    return { window, end, refusals: [] };
  }
  // Of several threads no log says which one ends first; a time means the same in all.
  if (to !== undefined && isTimed(window)) return { window, end: { by: 'time', local: to }, refusals: [] };
  const text = `the database has several threads of redo, and no time is certain to which all of them reach: give a time or SCN; ${describeWindow(window)}`;
  return { window, refusals: [doubt('TARGET_UNCERTAIN', text)] };
}

type Timed = JudgedWindow & { readonly from: string; readonly to: string };

const isTimed = (window: JudgedWindow): window is Timed =>
  !window.isConsistent && window.from !== undefined && window.to !== undefined && window.from <= window.to;

function endAtTime(
  windows: readonly JudgedWindow[],
  last: JudgedWindow,
  wanted: RecoveryEnd & { by: 'time' },
): ChosenEnd {
  const { local } = wanted;
  // The newest backup before the moment needs the least redo.
  const inside = windows.findLast((window) => isTimed(window) && window.from <= local && local <= window.to);
  if (inside !== undefined) return { window: inside, end: wanted, refusals: [] };
  const spans = windows.map(describeWindow).join('; ');
  if (windows.every(({ from, isConsistent }) => !isConsistent && from !== undefined && local < from)) {
    const text = `no backup of this point goes back to ${local}: choose an earlier point; ${spans}`;
    return { window: last, end: wanted, refusals: [doubt('TARGET_NOT_REACHED', text)] };
  }
  const text = `it is not certain from the logs that ${local} can be reached; ${spans}`;
  const before = windows.findLast(({ from }) => from !== undefined && from <= local);
  return { window: before ?? last, end: wanted, refusals: [doubt('TARGET_UNCERTAIN', text)] };
}

function refuseSequence(window: JudgedWindow, { thread, sequence }: RecoveryEnd & { by: 'sequence' }) {
  const last = window.through.find((log) => log.thread === thread)?.sequence;
  if (last !== undefined && sequence === last + 1 && window.through.length === 1) return [];
  if (last === undefined || sequence > last + 1) {
    const text = `logs before sequence ${sequence} of thread ${thread} are not in this point; ${describeWindow(window)}`;
    return [doubt('TARGET_NOT_REACHED', text)];
  }
  const text = `whether the backup is consistent before sequence ${sequence} of thread ${thread} is not certain; ${describeWindow(window)}`;
  return [doubt('TARGET_UNCERTAIN', text)];
}

/** A window in words. */
export function describeWindow(window: JudgedWindow): string {
  if (window.isConsistent) return 'the backup was made closed and is restored as it was';
  const logs = window.through
    .map(({ thread, sequence }) => `thread ${thread} through log ${sequence}`)
    .join(', ');
  return isTimed(window) ? `certain: ${window.from} to ${window.to}, ${logs}` : `certain: ${logs}`;
}
