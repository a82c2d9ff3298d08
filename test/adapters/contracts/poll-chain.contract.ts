import { beforeEach, describe, expect, it } from 'vitest';
import type { PollMark } from '../../../shared/domain/store.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { at, ids, makeCode, makeStore, makeToken } from '../support/rows.ts';

const poll = (pollNumber: number): PollMark => ({
  bootId: 'boot',
  pollNumber,
  pollId: `poll-${pollNumber}`,
  ...(pollNumber > 1 && { afterPollId: `poll-${pollNumber - 1}` }),
});
const fork = { detectedAt: at(3), reason: 'two of them' };

export const pollChainContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('the chain of polls', () => {
    let catalog: Catalog;
    beforeEach(async () => {
      catalog = await makeCatalog();
    });

    const activated = async () => {
      const store = makeStore();
      const code = makeCode(store.storeId);
      const { credentialId, ...token } = makeToken(store.storeId);
      await catalog.stores.create(store, code);
      await catalog.stores.activate(code.codeSha256, { credentialId, ...token }, at(1));
      return { storeId: store.storeId, credentialId };
    };

    it('takes the first poll and then each that follows the last', async () => {
      const { storeId, credentialId } = await activated();

      expect(await catalog.stores.linkPoll(storeId, credentialId, poll(1), undefined)).toBe('linked');
      expect(await catalog.stores.linkPoll(storeId, credentialId, poll(2), 'poll-1')).toBe('linked');

      expect((await catalog.stores.find(storeId))?.lastPoll).toEqual(poll(2));
    });

    it('refuses a poll that does not follow, of another token, or of no store', async () => {
      const { storeId, credentialId } = await activated();
      await catalog.stores.linkPoll(storeId, credentialId, poll(1), undefined);

      expect(await catalog.stores.linkPoll(storeId, credentialId, poll(1), undefined)).toBe('refused');
      expect(await catalog.stores.linkPoll(storeId, credentialId, poll(3), 'poll-2')).toBe('refused');
      expect(await catalog.stores.linkPoll(storeId, ids.credential(), poll(2), 'poll-1')).toBe('refused');
      expect(await catalog.stores.linkPoll(ids.store(), credentialId, poll(1), undefined)).toBe('refused');

      expect((await catalog.stores.find(storeId))?.lastPoll).toEqual(poll(1));
    });

    it('lets one of two polls that follow the same one win', async () => {
      const { storeId, credentialId } = await activated();
      const [one, other] = [poll(1), { ...poll(1), pollId: 'other' }];

      const outcomes = await Promise.all(
        [one, other].map((each) => catalog.stores.linkPoll(storeId, credentialId, each, undefined)),
      );

      expect(outcomes.toSorted()).toEqual(['linked', 'refused']);
    });

    it('takes no poll once the store has forked, and keeps the first mark', async () => {
      const { storeId, credentialId } = await activated();

      await catalog.stores.markForked(storeId, credentialId, fork);
      await catalog.stores.markForked(storeId, credentialId, { ...fork, detectedAt: at(9) });

      expect((await catalog.stores.find(storeId))?.forked).toEqual(fork);
      expect(await catalog.stores.linkPoll(storeId, credentialId, poll(1), undefined)).toBe('refused');
    });

    it('is not marked by a token that is not in force, nor for a store that is not there', async () => {
      const { storeId } = await activated();
      const unknown = ids.store();

      await catalog.stores.markForked(storeId, ids.credential(), fork);
      await catalog.stores.markForked(unknown, ids.credential(), fork);

      expect(await catalog.stores.find(storeId)).not.toHaveProperty('forked');
      expect(await catalog.stores.find(unknown)).toBeUndefined();
    });

    it('begins anew with an activation, which ends a fork and notes a replacement', async () => {
      const { storeId, credentialId } = await activated();
      await catalog.stores.linkPoll(storeId, credentialId, poll(1), undefined);
      await catalog.stores.markForked(storeId, credentialId, fork);
      const code = makeCode(storeId, { isReplacement: true });
      await catalog.stores.addActivationCode(code);
      const token = makeToken(storeId);

      expect(await catalog.stores.activate(code.codeSha256, token, at(7))).toBe('activated');

      const store = await catalog.stores.find(storeId);
      expect(store).toMatchObject({ replacedAt: at(7), credentialId: token.credentialId });
      expect(store).not.toHaveProperty('lastPoll');
      expect(store).not.toHaveProperty('forked');
    });
  });
