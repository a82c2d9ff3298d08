/** A protocol as states and steps, small enough that every state can be looked at. */
export interface Model<S> {
  readonly initial: S;
  readonly encode: (state: S) => string;
  readonly decode: (key: string) => S;
  /** Everything that can happen next, with its name. */
  readonly steps: (state: S) => Iterable<readonly [label: string, next: S]>;
  /** What is wrong with a state, if anything is. */
  readonly findViolation: (state: S) => string | undefined;
  /** From every state one of these must be within reach; absent: nothing is asked. */
  readonly isDrained?: (state: S) => boolean;
}

export interface Exploration {
  readonly states: number;
  /** What went wrong, and the shortest way there. */
  readonly violation?: { readonly what: string; readonly trace: readonly string[] };
  /** The way to a state from which no drained one can be reached. */
  readonly stuck?: { readonly trace: readonly string[] };
}

export interface Bounds {
  readonly maxStates: number;
  readonly onProgress?: (states: number) => void;
}

/** Breadth first, so that what it finds is told by as few steps as possible. Throws when there are more states than allowed. */
export function explore<S>(model: Model<S>, { maxStates, onProgress }: Bounds): Exploration {
  const found = new Found();
  found.add(model.encode(model.initial), -1, 'start');
  const edges = new Edges();
  for (let index = 0; index < found.keys.length; index++) {
    if (index > maxStates) throw new Error(`more than ${maxStates} states`);
    if (index % 100_000 === 0) onProgress?.(index);
    const state = model.decode(found.keys[index] ?? '');
    const what = model.findViolation(state);
    if (what !== undefined) return { states: index + 1, violation: { what, trace: found.traceTo(index) } };
    for (const [label, next] of model.steps(state)) {
      const to = found.add(model.encode(next), index, label);
      if (model.isDrained) edges.add(index, to);
    }
  }
  const states = found.keys.length;
  if (!model.isDrained) return { states };
  const stuck = findStuck(found.keys, edges, (key) => model.isDrained?.(model.decode(key)) ?? true);
  return stuck === undefined ? { states } : { states, stuck: { trace: found.traceTo(stuck) } };
}

class Found {
  readonly keys: string[] = [];
  readonly #index = new Map<string, number>();
  readonly #from: number[] = [];
  readonly #labels: string[] = [];

  /** The state's number; `from` and `label` are kept for the first way that leads to it. */
  add(key: string, from: number, label: string): number {
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    const index = this.keys.push(key) - 1;
    this.#index.set(key, index);
    this.#from.push(from);
    this.#labels.push(label);
    return index;
  }

  traceTo(index: number): string[] {
    const trace: string[] = [];
    for (let at = index; at > 0; at = this.#from[at] ?? 0) trace.unshift(this.#labels[at] ?? '');
    return trace;
  }
}

/** Pairs of numbers in flat memory: millions of small arrays would not fit. */
class Edges {
  #pairs = new Int32Array(1 << 16);
  count = 0;

  add(from: number, to: number): void {
    if (this.count * 2 === this.#pairs.length) {
      const larger = new Int32Array(this.#pairs.length * 2);
      larger.set(this.#pairs);
      this.#pairs = larger;
    }
    this.#pairs[this.count * 2] = from;
    this.#pairs[this.count * 2 + 1] = to;
    this.count += 1;
  }

  from = (edge: number): number => this.#pairs[edge * 2] ?? 0;
  to = (edge: number): number => this.#pairs[edge * 2 + 1] ?? 0;
}

/** The first state from which no drained one can be reached: backwards from the drained ones, the rest is stuck. */
function findStuck(
  keys: readonly string[],
  edges: Edges,
  isDrained: (key: string) => boolean,
): number | undefined {
  // For each state, where its incoming edges stand in `sources`.
  const offsets = new Int32Array(keys.length + 1);
  const at = (table: Int32Array, index: number): number => table[index] ?? 0;
  for (let edge = 0; edge < edges.count; edge++)
    offsets[edges.to(edge) + 1] = at(offsets, edges.to(edge) + 1) + 1;
  for (let index = 0; index < keys.length; index++)
    offsets[index + 1] = at(offsets, index + 1) + at(offsets, index);
  const sources = new Int32Array(edges.count);
  const next = offsets.slice();
  for (let edge = 0; edge < edges.count; edge++) {
    const to = edges.to(edge);
    sources[at(next, to)] = edges.from(edge);
    next[to] = at(next, to) + 1;
  }
  const canDrain = new Uint8Array(keys.length);
  const reached: number[] = [];
  const reach = (index: number) => {
    if (canDrain[index] === 1) return;
    canDrain[index] = 1;
    reached.push(index);
  };
  for (const [index, key] of keys.entries()) if (isDrained(key)) reach(index);
  for (let state = reached.pop(); state !== undefined; state = reached.pop()) {
    for (let edge = at(offsets, state); edge < at(offsets, state + 1); edge++) reach(at(sources, edge));
  }
  const stuck = canDrain.indexOf(0);
  return stuck < 0 ? undefined : stuck;
}
