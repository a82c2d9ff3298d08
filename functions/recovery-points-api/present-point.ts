import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { judgementNumber } from '../../shared/usecases/databases/read-judgement.ts';

/** A point as the API shows it; which database has which verdict stands with the point's databases. */
export function presentPoint({ judgement, ...point }: RecoveryPoint) {
  if (judgement === undefined || judgementNumber({ ...point, judgement }) === undefined) return point;
  const { number, log, databases, omitted = 0 } = judgement;
  const count = (wanted: string) => databases.filter(({ recoverable }) => recoverable === wanted).length;
  const [yes, unknown] = [count('yes'), count('unknown') + omitted];
  const isCertain = point.damage === undefined;
  const recoverable = {
    yes: isCertain ? yes : 0,
    no: count('no'),
    unknown: isCertain ? unknown : unknown + yes,
  };
  return { ...point, judgement: { number, log, recoverable } };
}
