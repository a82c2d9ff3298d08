import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type CallRoute, createApiClient } from '../../local/start/api-client.ts';
import { protocolVersion } from '../../shared/contracts/poll.ts';
import type { MountId, StoreId } from '../../shared/domain/ids.ts';

const database = 'ORCL';
const gatewayVersion = 'bench';
const capabilities = ['backup-request'];

/** What a gateway says to the service, without disks and without a process of its own. */
export class BenchGateway {
  readonly mountId: MountId;
  readonly #storeId: StoreId;
  readonly #call: CallRoute;
  readonly #bootId = randomUUID();
  #polls = 0;
  #answered: string | undefined;

  private constructor(storeId: StoreId, mountId: MountId, call: CallRoute) {
    this.#storeId = storeId;
    this.mountId = mountId;
    this.#call = call;
  }

  static async make(admin: CallRoute, url: string, name: string): Promise<BenchGateway> {
    const { activation } = await admin('createStore', { body: { name } });
    const { code } = activation;
    const { storeId, token } = await admin('activateStore', {
      body: { code, protocolVersion, gatewayVersion },
    });
    const { mountId } = await admin('createMount', { body: { storeId, name, expire: '1w' } });
    const gateway = new BenchGateway(storeId, mountId, createApiClient(url, token));
    await gateway.poll();
    return gateway;
  }

  /** As an idle gateway does every half minute; answers the requests that it is given. */
  async poll() {
    const pollId = randomUUID();
    const link = {
      ...{ bootId: this.#bootId, pollNumber: ++this.#polls, pollId },
      ...(this.#answered !== undefined && { afterPollId: this.#answered }),
    };
    const report = {
      state: 'ready',
      exportState: 'exported',
      freeBytes: 7e11,
      totalBytes: 1e12,
      pendingSnapshots: 0,
    } as const;
    const answer = await again(() =>
      this.#call('pollStore', {
        params: { storeId: this.#storeId },
        body: {
          ...{ protocolVersion, gatewayVersion, capabilities, storeState: 'active', unfinishedWork: 0, link },
          sentAt: new Date().toISOString() as never,
          databases: [{ name: database, mountId: this.mountId, highestLevel: 1 }],
          mounts: [{ mountId: this.mountId, ...report }],
        },
      }),
    );
    this.#answered = pollId;
    return (answer?.commands ?? []).filter((command) => command.kind === 'make-backup');
  }

  /** A request from its order to its end; the backup itself is not the service's work. Answers the polls until it came. */
  async carryOutRequest(operator: CallRoute): Promise<number> {
    // A manual request fails at once where the gateway has not been heard of lately.
    await this.poll();
    const order = { params: { mountId: this.mountId }, body: { database } };
    await again(() => operator('createRequest', order), 'BACKUP_REQUEST_RUNNING');
    for (let polls = 2; polls <= 300; polls++) {
      const [command] = await this.poll();
      if (command !== undefined) {
        const { fence, requestId } = command;
        const params = { requestId };
        const progress = { percent: 50, files: ['piece'], fileCount: 1, bytesWritten: 1 };
        await again(() => this.#call('reportRequestProgress', { params, body: { fence, progress } }));
        const body = { outcome: 'failed', fence, code: 'BENCH', reason: 'no backup is made here' } as const;
        await again(() => this.#call('reportRequestResult', { params, body }));
        return polls;
      }
      await setTimeout(100);
    }
    throw new Error(`a request of ${this.mountId} never came to its gateway`);
  }
}

const attempts = 6;

/**
 * As a gateway does where the API had no time to answer, which a loaded machine brings about. `done`: what a call is refused with that
 * came through before.
 */
async function again<T>(call: () => Promise<T>, done?: string): Promise<T | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const text = String(error);
      if (attempt > 1 && done !== undefined && text.includes(done)) return undefined;
      if (attempt === attempts || !/HTTP 5\d\d|TimeoutError/.test(text)) throw error;
      await setTimeout(500 * attempt);
    }
  }
}
