import { readFile } from 'node:fs/promises';
import { type Finding, ok, warn } from './finding.ts';

const leastNode = 24;
/** Uploads, restores and 512 clients; a thousand mounts are looked at one after another. */
const leastFiles = 4096;

/** The program itself: Node, and how many files the process may have open. */
export async function checkRuntime(gatewayPid: number | undefined): Promise<Finding[]> {
  return [checkNode(), await checkOpenFiles(gatewayPid)];
}

function checkNode(): Finding {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= leastNode) return ok('runtime.node', `Node ${node}`);
  return warn(
    'runtime.node',
    `Node ${node} is older than what the gateway needs`,
    `run it on Node ${leastNode}`,
  );
}

async function checkOpenFiles(gatewayPid: number | undefined): Promise<Finding> {
  const check = 'runtime.open-files';
  const limits = await readFile(`/proc/${gatewayPid ?? 'self'}/limits`, 'utf8').catch(() => '');
  // The hard limit: Node raises its own soft one to it.
  const [, hard] = /^Max open files +\S+ +(\S+)/mu.exec(limits) ?? [];
  const whose = gatewayPid === undefined ? 'this shell' : `the gateway (process ${gatewayPid})`;
  if (hard === undefined) return ok(check, 'the limit of open files cannot be read here');
  if (hard === 'unlimited' || Number(hard) >= leastFiles)
    return ok(check, `${whose} may have ${hard} files open`);
  const advice = `raise it to ${leastFiles} (LimitNOFILE in the unit of systemd)`;
  return warn(check, `${whose} may have only ${hard} files open`, advice);
}
