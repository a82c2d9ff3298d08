import type { ChannelFailure, ParsedRmanLog } from '../rman/result/facts.ts';

/**
 * Codes of a session that ended because its instance did, or that no listener leads to: end of file on the channel (03113, 03114,
 * 03135), an instance that goes down or is not there (01089, 01092, 01033, 01034), and Oracle Net (12150 to 12699). A full disk or a
 * missing file is none.
 */
const sessionLost =
  /^(?:ORA-(?:03113|03114|03135|01089|01092|01033|01034|121[5-9]\d|12[2-6]\d\d)|RMAN-10038)$/;

/**
 * The instances of a cluster that were lost while RMAN made a backup that it brought to its end with the others, in the order of the log.
 * An instance is not lost where a channel of it finished something later.
 */
export function lostInstances({ map, facts }: ParsedRmanLog): string[] {
  if (map.status !== 'completed' && map.status !== 'completed-with-warnings') return [];
  const lost = facts.channelFailures.flatMap(({ instance, errors, line }) => {
    if (instance === undefined || !errors.some(({ code }) => sessionLost.test(code))) return [];
    return worksAfter({ map, facts }, instance, line) ? [] : [instance];
  });
  return [...new Set(lost)];
}

function worksAfter({ map, facts }: ParsedRmanLog, instance: string, line: ChannelFailure['line']): boolean {
  const channels = new Set(
    facts.channels.filter((each) => each.instance === instance).map(({ name }) => name),
  );
  const { backupSets, imageCopies } = facts.sources;
  return (
    map.backupSets.some(
      ({ channel }, at) =>
        channels.has(channel) && (backupSets[at]?.pieces ?? []).some((each) => each > line),
    ) || map.imageCopies.some(({ channel }, at) => channels.has(channel) && (imageCopies[at] ?? 0) > line)
  );
}
