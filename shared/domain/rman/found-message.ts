import { type ValueStep, valueIn } from './exact-values.ts';
import { type Fields, type MessageKind, messageKinds } from './message.ts';

const fieldNames = [
  ...new Set(Object.values(messageKinds).flatMap((names) => names.map((name) => name.replace('?', '')))),
] as (keyof Fields)[];

/** A wording that lines may be: its values, in the order in which they stand in the line. */
export class FoundWording {
  readonly kind: MessageKind;
  readonly steps: readonly ValueStep[];
  /** Which of the values each field is, or -1. */
  readonly slots: Int8Array;

  constructor(kind: MessageKind, steps: readonly ValueStep[]) {
    this.kind = kind;
    this.steps = steps;
    this.slots = Int8Array.from(fieldNames, (name) => steps.findIndex(({ value }) => value.field === name));
  }
}

/**
 * The message that was found last; good until the next line is read. Its values are read when they are asked for: of most objects
 * that a log names nobody wants more than the kind.
 */
export class FoundMessage {
  kind: MessageKind = 'remark';
  #wording = new FoundWording('remark', []);
  #text = '';
  #channel: string | undefined;

  set(wording: FoundWording, text: string, channel: string | undefined): void {
    this.kind = wording.kind;
    this.#wording = wording;
    this.#text = text;
    this.#channel = channel;
  }

  /** Of a field, by its place among all of them. */
  read(field: number): string | number | undefined {
    const { slots, steps } = this.#wording;
    const slot = slots[field] as number;
    if (slot >= 0) return valueIn(steps[slot] as ValueStep, slot, this.#text);
    return field === CHANNEL ? this.#channel : undefined;
  }
}

const CHANNEL = fieldNames.indexOf('channel');

for (const [field, name] of fieldNames.entries()) {
  Object.defineProperty(FoundMessage.prototype, name, {
    get(this: FoundMessage) {
      return this.read(field);
    },
  });
}
