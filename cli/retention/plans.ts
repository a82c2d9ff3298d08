import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

interface JsonOption {
  readonly json?: true;
}

export const addPlan: AddCommand = (retention) => {
  retention
    .command('plan')
    .description('make and store a plan of what the policy of a mount lets go now')
    .argument('<mount>', 'the mount')
    .addOption(jsonOption())
    .action(makePlan);
};

export const addShow: AddCommand = (retention) => {
  retention
    .command('show')
    .description('list the plans of a mount, or show one with every point that it names')
    .argument('<mount>', 'the mount')
    .argument('[plan]', 'hash of a plan')
    .addOption(jsonOption())
    .action((mountId: string, sha256: string | undefined, options: JsonOption) =>
      sha256 === undefined ? listPlans(mountId, options) : showPlan(mountId, sha256, options),
    );
};

export const addConsent: AddCommand = (retention) => {
  retention
    .command('consent')
    .description('let a plan go on that was stopped because it expires too much at once (admin)')
    .argument('<mount>', 'the mount')
    .argument('<plan>', 'hash of the plan')
    .addOption(jsonOption())
    .action(consent);
};

export const addExecute: AddCommand = (retention) => {
  retention
    .command('execute')
    .description('carry out a plan and nothing else; what changed since is left and reported')
    .argument('<mount>', 'the mount')
    .argument('<plan>', 'hash of the plan')
    .addOption(jsonOption())
    .action(execute);
};

async function makePlan(mountId: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const plan = await connectService().call('makeRetentionPlan', { params: { mountId } });
  printAnswer(plan, options, [
    `${plan.sha256}: ${plan.expire} points expire, ${plan.bringBack} are brought back`,
    ...(plan.stopped
      ? [`It is stopped: ${plan.stopped.allowed} may expire today. An admin must consent to it.`]
      : []),
    `  holdfast retention show ${mountId} ${plan.sha256}`,
    `  holdfast retention execute ${mountId} ${plan.sha256}`,
  ]);
}

async function listPlans(mountId: string, { json }: JsonOption): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  await printRows(
    rowsOf((query) => service.call('listRetentionPlans', { params: { mountId }, query })),
    [
      ['MADE', ({ madeAt }) => madeAt],
      ['EXPIRE', ({ expire }) => String(expire)],
      ['BACK', ({ bringBack }) => String(bringBack)],
      ['STOPPED', ({ stopped }) => (stopped ? `${stopped.allowed} allowed` : undefined)],
      ['CONSENT', ({ consent: given }) => given?.by],
      ['PLAN', ({ sha256 }) => sha256],
    ],
    { json, empty: 'no plan was made for this mount' },
  );
}

async function showPlan(mountId: string, sha256: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const plan = await connectService().call('showRetentionPlan', { params: { mountId, sha256 } });
  printAnswer(plan, options, [
    `made ${plan.madeAt}`,
    ...(plan.stopped ? [`stopped: ${plan.stopped.allowed} may expire that day`] : []),
    ...(plan.consent ? [`consent of ${plan.consent.by}, ${plan.consent.at}`] : []),
    ...plan.expire.map(
      ({ recoveryPointId, dueSince, because }) =>
        `  ${recoveryPointId}  ${because.code}, due since ${dueSince}`,
    ),
    ...plan.bringBack.map((recoveryPointId) => `  ${recoveryPointId}  is brought back`),
  ]);
}

async function consent(mountId: string, sha256: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const plan = await connectService().call('consentToRetentionPlan', { params: { mountId, sha256 } });
  printAnswer(plan, options, [
    `${plan.expire} points may go; an operator carries it out:`,
    `  holdfast retention execute ${mountId} ${sha256}`,
  ]);
}

/** Part after part: the service answers within 30 seconds each. */
async function execute(mountId: string, sha256: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const service = connectService();
  const total = { expired: 0, broughtBack: 0, left: [] as { recoveryPointId: string; why: string[] }[] };
  let from: number | undefined = 0;
  while (from !== undefined) {
    const part: { expired: number; broughtBack: number; left: typeof total.left; next?: number | undefined } =
      await service.call('executeRetentionPlan', { params: { mountId, sha256 }, body: { from } });
    total.expired += part.expired;
    total.broughtBack += part.broughtBack;
    total.left.push(...part.left);
    from = part.next;
  }
  printAnswer(total, options, [
    `${total.expired} points wait for their deletion, ${total.broughtBack} were brought back, ${total.left.length} left`,
    ...total.left.map(({ recoveryPointId, why }) => `  ${recoveryPointId} stays: ${why.join(' ')}`),
  ]);
}
