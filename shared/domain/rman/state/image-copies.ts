import type { FileCopy } from '../result/facts.ts';
import type { ImageCopy, RecoveredCopy } from '../result/map.ts';

/** A copy that a channel is making. */
export interface CopyDraft {
  readonly type: 'copy';
  readonly channel: string;
  readonly line: number;
  content: 'datafile' | 'controlfile' | 'standby' | 'log';
  file: number | undefined;
  name: string | undefined;
  log: { readonly thread: number; readonly sequence: number } | undefined;
  /** First and last block, of a copy in sections. */
  section: readonly [number, number] | undefined;
}

/** `output file name=…`, until the channel that made it says so. */
export interface CopyOutput {
  readonly output: string;
  readonly tag: string | undefined;
  readonly recid: number;
  readonly stamp: number;
  readonly line: number;
}

/** A copy whose channel has said that it is complete. */
export interface FinishedCopy {
  readonly draft: CopyDraft;
  readonly output: CopyOutput;
  readonly elapsedSeconds: number;
}

/** The image copies in work: the line with the name of a copy names no channel, and stands before the one that completes it. */
export class ImageCopies {
  readonly #open = new Map<string, CopyDraft>();
  #outputs: CopyOutput[] = [];
  #recovering = new Map<string, (RecoveredCopy & { line: number })[]>();
  #recoveringChannel = '';
  /** Those whose roll-forward did not come to its end. */
  readonly torn: (RecoveredCopy & { readonly line: number })[] = [];

  start(channel: string, content: CopyDraft['content'], line: number): CopyDraft {
    const draft: CopyDraft = {
      type: 'copy',
      channel,
      content,
      line,
      file: undefined,
      name: undefined,
      log: undefined,
      section: undefined,
    };
    this.#open.set(channel, draft);
    return draft;
  }

  openOn(channel: string): CopyDraft | undefined {
    return this.#open.get(channel);
  }

  get hasRecovering(): boolean {
    return this.#recovering.size > 0;
  }

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  addOutput(output: CopyOutput): void {
    this.#outputs.push(output);
  }

  complete(channel: string, elapsedSeconds: number): FinishedCopy | undefined {
    const draft = this.#open.get(channel);
    this.#open.delete(channel);
    const output = draft && this.#takeOutput(draft);
    return draft && output ? { draft, output, elapsedSeconds } : undefined;
  }

  fail(channel: string): void {
    this.#open.delete(channel);
  }

  expectRecovered(channel: string): void {
    this.#recoveringChannel = channel;
  }

  addRecovering(copy: RecoveredCopy, line: number): void {
    const copies = this.#recovering.get(this.#recoveringChannel) ?? [];
    copies.push({ ...copy, line });
    this.#recovering.set(this.#recoveringChannel, copies);
  }

  /** The copies that a channel has rolled forward. */
  takeRecovered(channel: string): (RecoveredCopy & { line: number })[] {
    const copies = this.#recovering.get(channel) ?? [];
    this.#recovering.delete(channel);
    return copies;
  }

  /** The command has finished: what was being rolled forward is. */
  takeAllRecovered(): (RecoveredCopy & { line: number })[] {
    const copies = [...this.#recovering.values()].flat();
    this.#recovering.clear();
    return copies;
  }

  /** Answers the copies that the log never completes. */
  close(): CopyDraft[] {
    const lost = this.hasOpen ? this.#takeOpen() : [];
    if (this.#outputs.length > 0) this.#outputs = [];
    if (this.hasRecovering) for (const copy of this.takeAllRecovered()) this.torn.push(copy);
    this.#recoveringChannel = '';
    return lost;
  }

  /** Apart: to clear a map, V8 makes new tables for it, also where it is empty, as it is in nearly all commands. */
  #takeOpen(): CopyDraft[] {
    const open = [...this.#open.values()];
    this.#open.clear();
    return open;
  }

  /** The output whose default name has the number of the file, otherwise the last one before this line. */
  #takeOutput({ file }: CopyDraft): CopyOutput | undefined {
    const named = this.#outputs.findIndex(
      ({ output }) => file !== undefined && fileNumberIn(output) === file,
    );
    const at = named >= 0 ? named : this.#outputs.length - 1;
    return at < 0 ? undefined : this.#outputs.splice(at, 1)[0];
  }
}

/** `…_FNO-7_…`, in the default name of an image copy. */
const fileNumberIn = (output: string): number | undefined => {
  const number = /_FNO-(\d{1,9})(?:_|$)/.exec(output)?.[1];
  return number === undefined ? undefined : Number(number);
};

/** The copy of a datafile, as the map has it. */
export const toImageCopy = ({ draft, output, elapsedSeconds }: FinishedCopy): ImageCopy | undefined => {
  const { channel, file, name } = draft;
  if (file === undefined || name === undefined) return undefined;
  const { output: path, tag, recid, stamp } = output;
  return {
    channel,
    file,
    name,
    output: path,
    ...(tag !== undefined && { tag }),
    recid,
    stamp,
    elapsedSeconds,
  };
};

/** A copy of something that the map has no place for. */
export const toFileCopy = (channel: string, { output, tag, recid, stamp, line }: CopyOutput): FileCopy => ({
  channel,
  output,
  ...(tag !== undefined && { tag }),
  recid,
  stamp,
  line,
});
