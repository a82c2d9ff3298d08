import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { judgementNumber } from '../../shared/usecases/read-judgement.ts';

/** A point as the API shows it; which database has which verdict stands with the point's databases. */
export function presentPoint({ judgement, ...point }: RecoveryPoint) {
  if (judgement === undefined || judgementNumber({ ...point, judgement }) === undefined) return point;
  const { number, log, databases, omitted = 0 } = judgement;
  const count = (wanted: string) => databases.filter(({ recoverable }) => recoverable === wanted).length;
  const recoverable = { yes: count('yes'), no: count('no'), unknown: count('unknown') + omitted };
  return { ...point, judgement: { number, log, recoverable } };
}
