import type { Fields, MessageKind } from './message.ts';

/** Any message: its kind, and room for the values of all kinds. */
export type MessageRecord = { kind: MessageKind } & { [Name in keyof Fields]: Fields[Name] | undefined };

/** Written out, so that V8 keeps all records in one shape from the start: a shape for each kind costs more than the empty places. */
export const createMessageRecord = (): MessageRecord => ({
  kind: 'remark',
  channel: undefined,
  sid: undefined,
  instance: undefined,
  device: undefined,
  version: undefined,
  name: undefined,
  dbid: undefined,
  command: undefined,
  date: undefined,
  level: undefined,
  file: undefined,
  thread: undefined,
  sequence: undefined,
  recid: undefined,
  stamp: undefined,
  first: undefined,
  last: undefined,
  piece: undefined,
  copies: undefined,
  handle: undefined,
  tag: undefined,
  comment: undefined,
  output: undefined,
  elapsed: undefined,
  code: undefined,
  text: undefined,
});
