import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

interface JsonOption {
  readonly json?: true;
}

export const addDelete: AddCommand = (point) => {
  point
    .command('delete')
    .description('mark a recovery point for deletion; until its undo window ends it can be brought back')
    .argument('<id>', 'the recovery point')
    .option('--cascade', 'with all that was made as incrementals on it')
    .addOption(jsonOption())
    .action(deletePoint);
};

export const addUndelete: AddCommand = (point) => {
  point
    .command('undelete')
    .description('bring a recovery point back that waits for its deletion')
    .argument('<id>', 'the recovery point')
    .option('--expire <length>', 'its own expire from now on, such as "2w" or never')
    .addOption(jsonOption())
    .action(undeletePoint);
};

export const addWhy: AddCommand = (point) => {
  point
    .command('why')
    .description('why a recovery point stays or goes')
    .argument('<id>', 'the recovery point')
    .addOption(jsonOption())
    .action(explainPoint);
};

async function deletePoint(
  recoveryPointId: string,
  { cascade, ...options }: JsonOption & { readonly cascade?: true },
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const point = await connectService().call('deleteRecoveryPoint', {
    params: { recoveryPointId },
    query: cascade ? { cascade: 'true' } : {},
  });
  const until = point.deletion?.reclaimAfter ?? 'unknown';
  printAnswer(point, options, [
    `${recoveryPointId} is ${point.state}; it can be brought back until ${until}:`,
    `  holdfast point undelete ${recoveryPointId}`,
  ]);
}

async function undeletePoint(
  recoveryPointId: string,
  { expire, ...options }: JsonOption & { readonly expire?: string },
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const point = await connectService().call('undeleteRecoveryPoint', {
    params: { recoveryPointId },
    body: expire === undefined ? {} : { expire },
  });
  const own = point.expire === undefined ? '' : `, with an expire of its own: ${point.expire}`;
  printAnswer(point, options, [`${recoveryPointId} is ${point.state}${own}`]);
}

async function explainPoint(recoveryPointId: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const said = await connectService().call('explainRecoveryPoint', { params: { recoveryPointId } });
  const next =
    said.decision === undefined ? '' : said.decision === 'keep' ? ': it stays' : ': the next run lets it go';
  const waits =
    said.state === 'pending-deletion'
      ? [`It waits for its deletion, and can be brought back until ${said.reclaimAfter}.`]
      : [];
  printAnswer(said, options, [
    `${recoveryPointId} is ${said.state}${said.state === 'available' ? next : ''}`,
    ...waits,
    ...said.reasons.map(({ code, text }) => `  ${code}: ${text}`),
  ]);
}
