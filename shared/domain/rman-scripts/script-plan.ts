import type { Platform } from '../file-map/file-map.ts';
import type { PointContents } from './point-contents.ts';
import type { ChosenEnd } from './recovery-end.ts';
import type { ScriptOrder, ScriptRefusal, ScriptSubject } from './script-order.ts';

/** Everything that was found out for an order. */
export interface ScriptPlan {
  readonly subject: ScriptSubject;
  readonly order: ScriptOrder;
  readonly platform: Platform;
  readonly chosen: ChosenEnd;
  readonly contents: PointContents;
  readonly missing: readonly string[];
  readonly refusals: readonly ScriptRefusal[];
}
