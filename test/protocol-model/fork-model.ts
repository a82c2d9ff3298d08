import type { Model } from './explore.ts';

/** The rules against two gateways that believe to be one; the first of each is the protocol's. */
export interface ForkRules {
  /** What a gateway makes of 412: with the hash in the key it means the same bytes, by the name alone it may be others. */
  readonly on412: 'compares-the-hash' | 'trusts-the-name';
  readonly commit: 'names-the-manifest' | 'names-the-upload';
  readonly verifies: 'hashes' | 'existence';
}

export const protocolForks: ForkRules = {
  on412: 'compares-the-hash',
  commit: 'names-the-manifest',
  verifies: 'hashes',
};

type Side = 'a' | 'b';
interface Gateway {
  readonly hasPack: boolean;
  readonly hasManifest: boolean;
  readonly isToldCommitted: boolean;
  readonly hasStopped: boolean;
}
/** Whose bytes lie in the vault, and whose point was made of them. */
interface ForkState extends Readonly<Record<Side, Gateway>> {
  readonly pack: Side | null;
  readonly manifest: Side | null;
  readonly committed: boolean;
}

const fresh: Gateway = { hasPack: false, hasManifest: false, isToldCommitted: false, hasStopped: false };

/** A gateway and its clone upload one snapshot id with different contents; the service commits what it is told. */
export function forkModel(changed: Partial<ForkRules> = {}): Model<ForkState> {
  const rules = { ...protocolForks, ...changed };
  return {
    initial: { pack: null, manifest: null, committed: false, a: fresh, b: fresh },
    encode: (state) => JSON.stringify(state),
    decode: (key) => JSON.parse(key) as ForkState,
    *steps(state) {
      for (const side of ['a', 'b'] as const) {
        const gateway = state[side];
        if (gateway.hasStopped) continue;
        if (!gateway.hasPack) yield* putSteps(state, side, 'pack', rules);
        else if (!gateway.hasManifest) yield* putSteps(state, side, 'manifest', rules);
        else if (!gateway.isToldCommitted) yield* commitSteps(state, side, rules);
      }
    },
    findViolation({ pack, manifest, committed, ...gateways }) {
      if (committed && pack !== manifest) return 'LOSS: the point describes other bytes than the vault holds';
      const misled = (['a', 'b'] as const).find(
        (side) => gateways[side].isToldCommitted && manifest !== side,
      );
      return misled && `LOSS: ${misled} was told that its snapshot is committed; the point holds the other's`;
    },
  };
}

type Step = readonly [label: string, next: ForkState];

const edit = (state: ForkState, side: Side, fields: Partial<Gateway>): ForkState => ({
  ...state,
  [side]: { ...state[side], ...fields },
});

function* putSteps(
  state: ForkState,
  side: Side,
  what: 'pack' | 'manifest',
  { on412 }: ForkRules,
): Generator<Step> {
  const has = what === 'pack' ? { hasPack: true } : { hasManifest: true };
  const there = state[what];
  if (there === null) {
    yield [`${side} puts its ${what}`, { ...edit(state, side, has), [what]: side }];
    yield [`${side} puts its ${what}, the answer is lost`, { ...state, [what]: side }];
  } else if (there === side || on412 === 'trusts-the-name') {
    yield [`${side} puts its ${what}: 412, taken for its own`, edit(state, side, has)];
  } else {
    yield [`${side} puts its ${what}: 412, it stops`, edit(state, side, { hasStopped: true })];
  }
}

function* commitSteps(state: ForkState, side: Side, { commit, verifies }: ForkRules): Generator<Step> {
  // The manifest says which bytes its packs have.
  const isSound = verifies === 'existence' || state.pack === state.manifest;
  const isNamed = commit === 'names-the-upload' || state.manifest === side;
  const isAccepted = state.committed ? isNamed : isNamed && isSound;
  if (isAccepted)
    yield [`${side} commits`, { ...edit(state, side, { isToldCommitted: true }), committed: true }];
}
