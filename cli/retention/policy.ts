import type { Command } from 'commander';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { UsageError } from '../usage-error.ts';

interface Settings {
  readonly expire?: string;
  readonly keep?: readonly string[];
  readonly timeZone?: string;
  readonly floor?: string;
  readonly undoWindow?: string;
  readonly maxPercentPerDay?: string;
}
type Options = Settings & { readonly json?: true };

export const addPolicy: AddCommand = (retention) => {
  withSettings(
    retention
      .command('policy')
      .description('show the retention policy of a mount; with settings, change it (admin)')
      .argument('<mount>', 'the mount'),
  ).action(showOrChange);
};

export const addPreview: AddCommand = (retention) => {
  withSettings(
    retention
      .command('preview')
      .description('what would expire now, by the policy or by one with other settings; changes nothing')
      .argument('<mount>', 'the mount'),
  ).action(preview);
};

const withSettings = (command: Command): Command =>
  command
    .option('--expire <length>', 'how long points are kept: "#w #d #h #m" or never')
    .option('--keep <period=length...>', 'the last of each day, week, month, year, such as month=1000d')
    .option('--time-zone <zone>', 'whose calendar counts, such as Europe/Berlin')
    .option('--floor <points>', 'so many newest usable points of each database always stay')
    .option('--undo-window <length>', 'how long an expired point can be brought back')
    .option('--max-percent-per-day <percent>', 'a run that would expire more stops and asks')
    .addOption(jsonOption());

async function showOrChange(mountId: string, { json, ...given }: Options): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const service = connectService();
  const body = settingsOf(given);
  const params = { mountId };
  const policy =
    Object.keys(body).length === 0
      ? await service.call('showPolicy', { params })
      : await service.call('changePolicy', { params, body });
  const kept = Object.entries(policy.keep).map(([each, length]) => `  last of each ${each}: ${length}`);
  printAnswer(policy, { json }, [
    `expire: ${policy.expire}`,
    ...kept,
    `time zone: ${policy.timeZone}`,
    `floor: ${policy.floor} usable points of each database`,
    `undo window: ${policy.undoWindow}`,
    `at most ${policy.maxExpiredPercentPerDay} % of the points expire within 24 hours`,
  ]);
}

async function preview(mountId: string, { json, ...given }: Options): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { inBytes } = await import('../service/print-rows.ts');
  const answer = await connectService().call('previewRetention', {
    ...{ params: { mountId }, body: settingsOf(given) },
  });
  const { price, stopped, expire, wouldExpire } = answer;
  const more = wouldExpire - expire.length;
  printAnswer(answer, { json }, [
    `${wouldExpire} of ${answer.points} points would expire, ${answer.wouldBringBack} would be brought back`,
    ...expire.map(
      ({ recoveryPointId, takenAt, dueSince, ownStoredBytes }) =>
        `  ${recoveryPointId}  taken ${takenAt}  due since ${dueSince}  ${inBytes(ownStoredBytes)}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `frees at most ${inBytes(answer.freesAtMostBytes)}, at most $${answer.savesAtMostUsdPerMonth.toFixed(2)} a month`,
    `  (what these points brought; what later points still use stays. ${price.storageClass}, ${price.region}, ${price.asOf}: ${price.source})`,
    ...(stopped
      ? [`it would stop: ${stopped.allowed} may expire today, and an admin would have to consent`]
      : []),
  ]);
}

function settingsOf(given: Settings) {
  const { expire, keep, timeZone, floor, undoWindow, maxPercentPerDay } = given;
  return {
    ...(expire !== undefined && { expire }),
    ...(keep !== undefined && { keep: keepsOf(keep) }),
    ...(timeZone !== undefined && { timeZone }),
    ...(floor !== undefined && { floor: numberOf('--floor', floor) }),
    ...(undoWindow !== undefined && { undoWindow }),
    ...(maxPercentPerDay !== undefined && {
      maxExpiredPercentPerDay: numberOf('--max-percent-per-day', maxPercentPerDay),
    }),
  };
}

const periods = ['day', 'week', 'month', 'year'];

/** `none` takes all of them away. */
function keepsOf(texts: readonly string[]): Record<string, string> {
  if (texts.length === 1 && texts[0] === 'none') return {};
  return Object.fromEntries(
    texts.map((text) => {
      const [, each = '', length = ''] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
      if (periods.includes(each)) return [each, length];
      throw new UsageError(
        `--keep ${text} is not day, week, month or year with a length, such as month=1000d`,
      );
    }),
  );
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text)) return Number(text);
  throw new UsageError(`${name} ${text} is no number`);
}
