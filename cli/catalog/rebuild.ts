import { setTimeout as sleep } from 'node:timers/promises';
import type { AddCommand } from '../add-command.ts';

const secondsBetweenLooks = 2;

export const addRebuild: AddCommand = (catalog) => {
  catalog
    .command('rebuild')
    .description(
      'make the catalog anew from the vault alone; nothing of a rebuilt mount is deleted before it is signed off',
    )
    .option('--replay', 'bring a catalog from the past up to the vault, instead of filling an empty one')
    .action(rebuild);
};

export const addSignOff: AddCommand = (catalog) => {
  catalog
    .command('sign-off')
    .description('say that a rebuilt mount is right: from then on retention and clean-up go on')
    .argument('<mount>', 'its id')
    .action(signOff);
};

async function rebuild({ replay }: { readonly replay?: true }): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { forTerminal } = await import('../service/print-rows.ts');
  const service = connectService();
  let run = await service.call('orderRebuild', { body: { mode: replay ? 'replay' : 'empty' } });
  process.stderr.write(`${run.rebuildId} was begun; it goes on when this program ends\n`);
  while (run.state === 'running') {
    await sleep(secondsBetweenLooks * 1000);
    run = await service.call('showRebuild', { params: { rebuildId: run.rebuildId } });
  }
  if (run.state === 'failed') throw new Error(`${run.rebuildId} failed: ${run.code}: ${run.reason}`);
  const { rebuilt, inStep, failures, failed } = run;
  process.stdout.write(`rebuilt ${rebuilt} mounts, ${inStep} had everything already, ${failures} failed\n`);
  for (const { mountId, code, message } of failed) {
    process.stdout.write(`${mountId}  ${code}: ${forTerminal(message)}\n`);
  }
  if (rebuilt > 0) {
    process.stdout.write('compare each mount, then: holdfast catalog sign-off <mount>\n');
  }
  if (failures > 0) process.exitCode = 1;
}

async function signOff(mountId: string): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const mount = await connectService().call('signOffReconciliation', { params: { mountId } });
  process.stdout.write(`${mount.mountId} is signed off\n`);
}
