import { type Codes, emptyCodes } from '../text/text-codes.ts';
import { numberIn, textIn, type ValueStep } from './exact-values.ts';
import { type Fields, type MessageKind, ordinalOf } from './message.ts';

type Names = keyof Fields;

/** A wording that lines may be: its values, in the order in which they stand in the line. */
export interface FoundWording {
  readonly kind: MessageKind;
  readonly ordinal: number;
  readonly steps: readonly ValueStep[];
  /** Which of the values each field is, or -1. */
  readonly slots: { readonly [Name in Names]: number };
}

export const foundWording = (kind: MessageKind, steps: readonly ValueStep[]): FoundWording => {
  const slotOf = (field: Names): number => steps.findIndex(({ value }) => value.field === field);
  // Written out, so that V8 keeps all of them in one shape; as are the getters below, so that it can compile each for itself.
  const slots = {
    channel: slotOf('channel'),
    sid: slotOf('sid'),
    instance: slotOf('instance'),
    device: slotOf('device'),
    version: slotOf('version'),
    name: slotOf('name'),
    dbid: slotOf('dbid'),
    command: slotOf('command'),
    date: slotOf('date'),
    level: slotOf('level'),
    file: slotOf('file'),
    thread: slotOf('thread'),
    sequence: slotOf('sequence'),
    recid: slotOf('recid'),
    stamp: slotOf('stamp'),
    first: slotOf('first'),
    last: slotOf('last'),
    piece: slotOf('piece'),
    copies: slotOf('copies'),
    handle: slotOf('handle'),
    tag: slotOf('tag'),
    comment: slotOf('comment'),
    output: slotOf('output'),
    elapsed: slotOf('elapsed'),
    code: slotOf('code'),
    text: slotOf('text'),
  };
  return { kind, ordinal: ordinalOf(kind), steps, slots };
};

/**
 * The message that was found last; good until the next line is read. Its values are read when they are asked for: of most objects
 * that a log names nobody wants more than the kind.
 */
export class FoundMessage {
  kind: MessageKind = 'remark';
  ordinal = ordinalOf('remark');
  #wording = foundWording('remark', []);
  #codes = emptyCodes();
  #channel: string | undefined;

  set(wording: FoundWording, codes: Codes, channel: string | undefined): void {
    this.kind = wording.kind;
    this.ordinal = wording.ordinal;
    this.#wording = wording;
    this.#codes = codes;
    this.#channel = channel;
  }

  #textIn(slot: number): string | undefined {
    return slot < 0 ? undefined : textIn(this.#wording.steps[slot] as ValueStep, slot, this.#codes);
  }

  #numberIn(slot: number): number | undefined {
    return slot < 0 ? undefined : numberIn(this.#wording.steps[slot] as ValueStep, slot, this.#codes);
  }

  /** Of the line's beginning, or named behind it. */
  get channel(): string | undefined {
    return this.#channel ?? this.#textIn(this.#wording.slots.channel);
  }
  get sid(): number | undefined {
    return this.#numberIn(this.#wording.slots.sid);
  }
  get instance(): string | undefined {
    return this.#textIn(this.#wording.slots.instance);
  }
  get device(): string | undefined {
    return this.#textIn(this.#wording.slots.device);
  }
  get version(): string | undefined {
    return this.#textIn(this.#wording.slots.version);
  }
  get name(): string | undefined {
    return this.#textIn(this.#wording.slots.name);
  }
  get dbid(): string | undefined {
    return this.#textIn(this.#wording.slots.dbid);
  }
  get command(): string | undefined {
    return this.#textIn(this.#wording.slots.command);
  }
  get date(): string | undefined {
    return this.#textIn(this.#wording.slots.date);
  }
  get level(): number | undefined {
    return this.#numberIn(this.#wording.slots.level);
  }
  get file(): number | undefined {
    return this.#numberIn(this.#wording.slots.file);
  }
  get thread(): number | undefined {
    return this.#numberIn(this.#wording.slots.thread);
  }
  get sequence(): number | undefined {
    return this.#numberIn(this.#wording.slots.sequence);
  }
  get recid(): number | undefined {
    return this.#numberIn(this.#wording.slots.recid);
  }
  get stamp(): number | undefined {
    return this.#numberIn(this.#wording.slots.stamp);
  }
  get first(): number | undefined {
    return this.#numberIn(this.#wording.slots.first);
  }
  get last(): number | undefined {
    return this.#numberIn(this.#wording.slots.last);
  }
  get piece(): number | undefined {
    return this.#numberIn(this.#wording.slots.piece);
  }
  get copies(): number | undefined {
    return this.#numberIn(this.#wording.slots.copies);
  }
  get handle(): string | undefined {
    return this.#textIn(this.#wording.slots.handle);
  }
  get tag(): string | undefined {
    return this.#textIn(this.#wording.slots.tag);
  }
  get comment(): string | undefined {
    return this.#textIn(this.#wording.slots.comment);
  }
  get output(): string | undefined {
    return this.#textIn(this.#wording.slots.output);
  }
  get elapsed(): number | undefined {
    return this.#numberIn(this.#wording.slots.elapsed);
  }
  get code(): string | undefined {
    return this.#textIn(this.#wording.slots.code);
  }
  get text(): string | undefined {
    return this.#textIn(this.#wording.slots.text);
  }
}
