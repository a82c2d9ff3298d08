import type { Message, MessageKind } from './message.ts';
import {
  endOfDigits,
  endOfElapsed,
  endOfToken,
  flatText,
  readValueAt,
  type Step,
  type Value,
  type Wording,
} from './wording.ts';

/** Wordings as a tree: what several of them begin with is compared once. */
interface Node {
  /** Text that may follow; each begins with another character. */
  readonly texts: { text: string; readonly first: number; node: Node }[];
  readonly values: ValueEdge[];
  kind: MessageKind | undefined;
}

interface ValueEdge {
  readonly value: Value;
  /** After a number, a name or a time: the line goes on. */
  readonly node: Node;
  /** Text of any length ends where one of these stands; first fit. */
  readonly ends: { readonly text: string; readonly node: Node }[];
}

const emptyNode = (): Node => ({ texts: [], values: [], kind: undefined });

export type ExactMatcher = (text: string, from: number, end: number, channel?: string) => Message | undefined;

/** Finds which of the wordings a part of a text is, character by character. */
export const createExactMatcher = (wordings: readonly Wording[]): ExactMatcher => {
  const root = emptyNode();
  for (const { kind, steps } of wordings) insert(root, steps, kind);
  return (text, from, end, channel) => {
    const message = walk(root, text, from, end);
    if (message && channel !== undefined) message.channel = channel;
    return message as Message | undefined;
  };
};

const insert = (root: Node, steps: readonly Step[], kind: MessageKind): void => {
  let node = root;
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index] as Step;
    if ('literal' in step) {
      node = insertText(node, step.literal);
      continue;
    }
    const edge = insertValue(node, step);
    const next = steps[index + 1];
    const isText = step.form === 'text' || step.form === 'anything';
    if (!isText || next === undefined || !('literal' in next)) {
      node = edge.node;
      continue;
    }
    const known = edge.ends.find(({ text }) => text === next.literal);
    const end = known ?? { text: next.literal, node: emptyNode() };
    if (!known) edge.ends.push(end);
    node = end.node;
    index += 1;
  }
  node.kind ??= kind;
};

const insertText = (node: Node, text: string): Node => {
  const edge = node.texts.find((each) => each.first === text.charCodeAt(0));
  if (!edge) {
    const created = { text: flatText(text), first: text.charCodeAt(0), node: emptyNode() };
    node.texts.push(created);
    return created.node;
  }
  let shared = 1;
  while (shared < edge.text.length && edge.text[shared] === text[shared]) shared += 1;
  if (shared < edge.text.length) {
    const tail = flatText(edge.text.slice(shared));
    const rest = { text: tail, first: tail.charCodeAt(0), node: edge.node };
    edge.text = flatText(edge.text.slice(0, shared));
    edge.node = { texts: [rest], values: [], kind: undefined };
  }
  return shared === text.length ? edge.node : insertText(edge.node, text.slice(shared));
};

const insertValue = (node: Node, value: Value): ValueEdge => {
  const known = node.values.find(
    (edge) => edge.value.field === value.field && edge.value.form === value.form,
  );
  if (known) return known;
  const edge: ValueEdge = { value, node: emptyNode(), ends: [] };
  node.values.push(edge);
  return edge;
};

type Found = Record<string, unknown>;

const walk = (node: Node, text: string, at: number, end: number): Found | undefined => {
  const { texts, values } = node;
  const next = text.charCodeAt(at);
  for (let index = 0; index < texts.length; index += 1) {
    const edge = texts[index] as Node['texts'][number];
    if (edge.first !== next) continue;
    const behind = at + edge.text.length;
    const found =
      behind <= end && text.startsWith(edge.text, at) ? walk(edge.node, text, behind, end) : undefined;
    if (found) return found;
    break;
  }
  for (let index = 0; index < values.length; index += 1) {
    const found = walkValue(values[index] as ValueEdge, text, at, end);
    if (found) return found;
  }
  return node.kind !== undefined && at === end ? { kind: node.kind } : undefined;
};

const walkValue = (
  { value, node, ends }: ValueEdge,
  text: string,
  at: number,
  end: number,
): Found | undefined => {
  if (value.form === 'text' || value.form === 'anything') {
    for (const { text: after, node: next } of ends) {
      const rest = text.slice(at, end);
      const length = rest.indexOf(after);
      const found = length < 0 ? undefined : walk(next, text, at + length + after.length, end);
      if (found) return withValue(found, value, text, at, at + length);
    }
    return node.kind === undefined ? undefined : withValue({ kind: node.kind }, value, text, at, end);
  }
  const stop = endOfPlain(value, text, at);
  if (stop <= at || stop > end) return undefined;
  const found = walk(node, text, stop, end);
  return found && withValue(found, value, text, at, stop);
};

const endOfPlain = ({ form }: Value, text: string, at: number): number => {
  if (form === 'token') return endOfToken(text, at);
  return form === 'elapsed' ? endOfElapsed(text, at) : endOfDigits(text, at);
};

const withValue = (found: Found, { field, form }: Value, text: string, at: number, stop: number): Found => {
  if (field !== undefined) found[field] = readValueAt(form, text, at, stop);
  return found;
};
