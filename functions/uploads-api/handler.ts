import { uploadRoutes } from '../../shared/contracts/uploads.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { abortUpload } from '../../shared/usecases/abort-upload.ts';
import { tellCold } from '../../shared/usecases/archive/cold-parent.ts';
import { tellDamage } from '../../shared/usecases/damaged-parent.ts';
import { openUpload } from '../../shared/usecases/open-upload.ts';
import { requestCommit } from '../../shared/usecases/request-commit.ts';
import { showUpload } from '../../shared/usecases/show-upload.ts';
import { signLateLog } from '../../shared/usecases/sign-late-log.ts';
import { signParent } from '../../shared/usecases/sign-parent.ts';
import { signUpload } from '../../shared/usecases/sign-upload.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** Uploads: open, sign, commit, abort. */
export function createUploadsApi({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'requests' | 'stores'>;
  vault: Pick<Vault, 'read' | 'signGet' | 'signPut' | 'listStorage'>;
  workflows: Pick<Workflows, 'startCommit'>;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
}) {
  const { catalog } = dependencies;
  /** With what of its parent must not be named. */
  const tell = async (upload: Upload) => tellCold(dependencies, await tellDamage(catalog, upload));
  return serveArea(
    uploadRoutes,
    {
      openUpload: async ({ caller, params, body }) =>
        tell(await openUpload(dependencies, caller, { ...params, ...body })),
      showUpload: async ({ caller, params }) => tell(await showUpload(dependencies, caller, params.uploadId)),
      signUpload: ({ caller, params, body }) => signUpload(dependencies, caller, { ...params, ...body }),
      signParent: ({ caller, params, body }) => signParent(dependencies, caller, { ...params, ...body }),
      commitUpload: ({ caller, params, body }) => requestCommit(dependencies, caller, { ...params, ...body }),
      signLateLog: ({ caller, params, body }) => signLateLog(dependencies, caller, { ...params, log: body }),
      abortUpload: ({ caller, params, body }) => abortUpload(dependencies, caller, { ...params, ...body }),
    },
    telemetry,
  );
}
