import type { ScriptQuery } from '../../shared/contracts/restore-scripts.ts';
import type { RecoveryEnd, ScriptAim, ScriptOrder } from '../../shared/domain/rman-scripts/script-order.ts';
import { ServiceError } from '../../shared/errors.ts';
import { readOffset } from './present-recoverability.ts';

/** What the query orders. Options that do not go together are refused by name. Throws REQUEST_INVALID. */
export function readScriptOrder(query: ScriptQuery): ScriptOrder {
  const end = readEnd(query);
  return {
    aim: readAim(query),
    stagedAt: query.stagedAt,
    ...(end && { end }),
    ...(query.atOwnRisk === 'true' && { atOwnRisk: true }),
  };
}

/** Which kind each of these options belongs to. */
const kindOf = {
  pdb: 'pdb',
  auxiliaryFolder: 'pdb',
  tablespace: 'tablespace',
  datafile: 'datafile',
  newFolder: 'new-host',
} as const;

function readAim(query: ScriptQuery): ScriptAim {
  const { kind, pdb, auxiliaryFolder, tablespace, datafile, newFolder } = query;
  for (const option of Object.keys(kindOf) as (keyof typeof kindOf)[]) {
    if (query[option] !== undefined && kindOf[option] !== kind) {
      throw invalid(`${option} belongs to kind ${kindOf[option]}, not to ${kind}`);
    }
  }
  switch (kind) {
    case 'sets':
    case 'copies':
      return { kind };
    case 'pdb':
      return {
        kind,
        pdb: required('pdb', pdb),
        ...(auxiliaryFolder !== undefined && { auxiliaryFolder }),
      };
    case 'tablespace':
      return { kind, tablespace: required('tablespace', tablespace) };
    case 'datafile':
      return { kind, datafile: required('datafile', datafile) };
    case 'new-host':
      return { kind, newFolder: required('newFolder', newFolder) };
  }
}

function required<T>(option: string, value: T | undefined): T {
  if (value === undefined) throw invalid(`${option} is missing, which this kind needs`);
  return value;
}

function readEnd({ time, hostOffset, scn, sequence, thread }: ScriptQuery): RecoveryEnd | undefined {
  if ([time, scn, sequence].filter((each) => each !== undefined).length > 1) {
    throw invalid('time, scn and sequence exclude each other');
  }
  if (hostOffset !== undefined && !time?.endsWith('Z')) {
    throw invalid('hostOffset belongs to a time in UTC, with Z at its end');
  }
  if (thread !== undefined && sequence === undefined) throw invalid('thread belongs to a sequence');
  if (time !== undefined) return { by: 'time', local: localTime(time, hostOffset) };
  if (scn !== undefined) return { by: 'scn', scn };
  return sequence === undefined ? undefined : { by: 'sequence', thread: thread ?? 1, sequence };
}

/** RMAN takes times by the clock of its host: a moment in UTC means nothing to it without the offset. */
function localTime(time: string, hostOffset: string | undefined): string {
  if (!time.endsWith('Z')) return time;
  const offsetMinutes = readOffset(hostOffset);
  if (offsetMinutes === undefined) {
    throw invalid(
      "a time in UTC needs hostOffset, the offset of the database host's clock; or give the host's own time, without Z",
    );
  }
  return new Date(Date.parse(time) + offsetMinutes * 60_000).toISOString().slice(0, 19);
}

const invalid = (text: string): ServiceError => new ServiceError('REQUEST_INVALID', `query: ${text}`);
