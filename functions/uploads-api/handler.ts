import { uploadRoutes } from '../../shared/contracts/uploads.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { tellCold } from '../../shared/usecases/archive/cold-parent.ts';
import { requestCommit } from '../../shared/usecases/commit/request-commit.ts';
import { signLateLog } from '../../shared/usecases/databases/sign-late-log.ts';
import { abortUpload } from '../../shared/usecases/uploads/abort-upload.ts';
import { tellDamage } from '../../shared/usecases/uploads/damaged-parent.ts';
import { openUpload } from '../../shared/usecases/uploads/open-upload.ts';
import { showUpload } from '../../shared/usecases/uploads/show-upload.ts';
import { signParent } from '../../shared/usecases/uploads/sign-parent.ts';
import { signUpload } from '../../shared/usecases/uploads/sign-upload.ts';
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
