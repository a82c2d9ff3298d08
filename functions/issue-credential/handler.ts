import { createCredentialRequest } from '../../shared/contracts/stores.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import { issueCredential } from '../../shared/usecases/access/issue-credential.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** The first admin's key: invoked by whoever deploys, with AWS credentials; no route leads here. */
export function createIssueCredential({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'credentials'>;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, { input: createCredentialRequest }, async (input) => {
    const { credential, apiKey } = await issueCredential(dependencies, input);
    return { credentialId: credential.credentialId, apiKey };
  });
}
