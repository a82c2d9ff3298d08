import { type BackupRequest, hasEnded, isWithStore } from '../../../domain/backup-request.ts';
import type { AgentCatalog, RequestCatalog } from '../../../ports/catalog/requests.ts';
import { pageOf } from './page.ts';
import { type CatalogState, findClaimed, keepClaim, pinsOf } from './state.ts';

const runningIn = ({ requests }: CatalogState): BackupRequest[] =>
  [...requests.values()].filter((request) => !hasEnded(request));

export const memoryRequests = (state: CatalogState): RequestCatalog => ({
  async nextNumber() {
    state.backupNumbers += 1;
    return state.backupNumbers;
  },

  findClaimed: async (claim) => findClaimed(state, claim),

  async create(request, { seq }, claim) {
    const claimed = findClaimed(state, claim);
    if (claimed !== undefined) return claimed;
    const { requestId, storeId, database, mountId, parentId } = request;
    if (state.requests.has(requestId)) return { outcome: 'created' };
    const busy = runningIn(state).find((other) => other.storeId === storeId && other.database === database);
    if (busy) return { outcome: 'database-busy', requestId: busy.requestId };
    const mount = state.mounts.get(mountId);
    const isAsSeen = mount?.seq === seq && mount.diverged === undefined;
    const hasParent = parentId === undefined || state.recoveryPoints.get(parentId)?.state === 'available';
    if (!isAsSeen || !hasParent) return { outcome: 'conflict' };
    state.requests.set(requestId, request);
    if (parentId) pinsOf(state, parentId).add(`request:${requestId}`);
    keepClaim(state, claim);
    return { outcome: 'created' };
  },

  async find(requestId) {
    return state.requests.get(requestId);
  },

  async list({ of }, page) {
    const rows = [...state.requests.values()].filter(
      ({ storeId, database }) => of === undefined || (storeId === of.storeId && database === of.database),
    );
    const name = of === undefined ? 'requests' : `requests of ${of.storeId} ${of.database}`;
    return pageOf(rows, { name, keyOf: ({ requestId }) => requestId, isDescending: true }, page);
  },

  async listRunning(page) {
    return pageOf(runningIn(state), { name: 'running requests', keyOf: ({ requestId }) => requestId }, page);
  },

  async runningOf(storeId) {
    return runningIn(state)
      .filter((request) => request.storeId === storeId)
      .sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
  },

  async noteWaiting(requestId, until) {
    const request = state.requests.get(requestId);
    if (request === undefined || !['planned', 'waiting', 'handed-over'].includes(request.state))
      return 'refused';
    if (request.reportedAt !== undefined) return 'refused';
    state.requests.set(requestId, { ...request, state: 'waiting', owner: 'service', deadline: until });
    return 'noted';
  },

  async handOver(requestId, taskToken, { commandId, fence, deadline }) {
    const request = state.requests.get(requestId);
    if (request === undefined || hasEnded(request) || request.fence !== fence - 1) return 'refused';
    const isUploading = request.state === 'uploading';
    const standing = isUploading ? {} : ({ state: 'handed-over', owner: 'store', deadline } as const);
    state.requests.set(requestId, { ...request, ...standing, fence, taskToken, commandId });
    return 'handed-over';
  },

  async noteReport(requestId, fence, { progress, warnings }, at) {
    const request = state.requests.get(requestId);
    if (request === undefined || !isWithStore(request) || request.fence !== fence) return 'refused';
    if (request.reportedAt !== undefined && at < request.reportedAt) return 'noted';
    const isStarting = request.state === 'handed-over' && !progress.isQueued;
    state.requests.set(requestId, {
      ...request,
      ...(isStarting && { state: 'running' }),
      ...(isStarting && request.startedAt === undefined && { startedAt: at }),
      progress,
      ...(warnings && { warnings }),
      reportedAt: at,
    });
    return 'noted';
  },

  async end(seen, { state: endState, at: endedAt, reason, progress }) {
    const request = state.requests.get(seen.requestId);
    if (request === undefined || hasEnded(request)) return 'already-ended';
    if (request.fence !== seen.fence || request.uploadId !== seen.uploadId) return 'conflict';
    state.requests.set(request.requestId, {
      ...request,
      state: endState,
      endedAt,
      ...(reason !== undefined && { reason }),
      ...(progress !== undefined && { progress }),
    });
    if (request.parentId) pinsOf(state, request.parentId).delete(`request:${request.requestId}`);
    return 'ended';
  },
});

export const memoryAgents = (state: CatalogState): AgentCatalog => ({
  async note(storeId, databases, at) {
    const known = state.agents.get(storeId);
    if (known !== undefined && at < known.at) return;
    state.agents.set(storeId, { databases, at });
  },

  async of(storeId) {
    return state.agents.get(storeId)?.databases ?? [];
  },
});
