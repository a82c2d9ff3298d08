import type { MountId } from '../../domain/ids.ts';
import { hashPlan, type RetentionPlan } from '../../domain/retention/plan.ts';
import { noteOf, type PlanNote } from '../../domain/retention/plan-note.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';

/** Brings a plan to the vault and notes it: write-once, under its hash. */
export async function storePlan(
  { catalog, vault }: { readonly catalog: Pick<Catalog, 'plans'>; readonly vault: Pick<Vault, 'putOnce'> },
  plan: RetentionPlan,
): Promise<PlanNote> {
  const sha256 = hashPlan(plan);
  const key = formatVaultKey({ kind: 'plan', mountId: plan.mountId, sha256 });
  await vault.putOnce(key, Buffer.from(JSON.stringify(plan)));
  const note = noteOf(plan, sha256);
  await catalog.plans.note(note);
  return note;
}

/** A stored plan, as it was shown. Throws PLAN_NOT_FOUND, and VAULT_OBJECT_DAMAGED when it is not what its hash says. */
export async function readPlan(
  vault: Pick<Vault, 'read'>,
  mountId: MountId,
  sha256: string,
): Promise<RetentionPlan> {
  const key = formatVaultKey({ kind: 'plan', mountId, sha256 });
  const source = await vault.read(key);
  if (source === undefined) {
    throw new ServiceError('PLAN_NOT_FOUND', `mount ${mountId} has no plan ${sha256}`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  const plan = parse(Buffer.concat(chunks).toString('utf8'));
  if (plan !== undefined && hashPlan(plan) === sha256 && plan.mountId === mountId) return plan;
  throw new ServiceError('VAULT_OBJECT_DAMAGED', `${key} is not the plan that was stored`);
}

/** What has the right hash was written by this service. */
function parse(text: string): RetentionPlan | undefined {
  try {
    return JSON.parse(text) as RetentionPlan;
  } catch {
    return undefined;
  }
}

/** A plan and what the catalog notes of it. One that crashed before it was noted is noted now. */
export async function findPlan(
  dependencies: { readonly catalog: Pick<Catalog, 'plans'>; readonly vault: Pick<Vault, 'read'> },
  mountId: MountId,
  sha256: string,
): Promise<{ readonly plan: RetentionPlan; readonly note: PlanNote }> {
  const plan = await readPlan(dependencies.vault, mountId, sha256);
  const note = noteOf(plan, sha256);
  const noted = await dependencies.catalog.plans.find(note);
  if (noted === undefined) await dependencies.catalog.plans.note(note);
  return { plan, note: noted ?? note };
}
