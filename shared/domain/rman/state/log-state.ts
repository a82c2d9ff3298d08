import { ListReader } from '../reports/list-reader.ts';
import { Validation } from '../reports/validation.ts';
import type {
  Channel,
  ChannelFailure,
  Doubt,
  LogFacts,
  Sources,
  UnattributedPiece,
} from '../result/facts.ts';
import type { Autobackup, BackupSet, FailedSet, ImageCopy, RecoveredCopy, Skipped } from '../result/map.ts';
import type { KnownNames } from '../wordings/anchors.ts';
import { ChannelNames } from '../wordings/channel-names.ts';
import { BackupSets, type EndedSets, type SetDraft } from './backup-sets.ts';
import { type ChannelSession, toChannel } from './channel-sessions.ts';
import { Commands, commandIn, isBackupName } from './commands.ts';
import { type CopySection, joinCopySections } from './copy-sections.ts';
import { Deletions } from './deletions.ts';
import { type Failure, Failures, failedChannels, failureText } from './failures.ts';
import { doubtOfContent, joinSets, toFailedSet } from './finished-sets.ts';
import { type CopyDraft, type FinishedCopy, ImageCopies, toFileCopy, toImageCopy } from './image-copies.ts';
import { Runs } from './runs.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** More doubts than these are counted, not kept: a log of another kind could have one in every line. */
const MOST_DOUBTS = 200;

/**
 * All that is known after some lines of a log. What has happened is in the lists; what is in work belongs to the channels and
 * goes when its command ends.
 */
export class LogState implements KnownNames {
  readonly runs = new Runs();
  readonly commands = new Commands();
  readonly sets = new BackupSets();
  readonly copies = new ImageCopies();
  readonly deletions = new Deletions();
  readonly failures = new Failures();
  readonly validation = new Validation();
  readonly lists = new ListReader();

  /** Apart from where they stand, as the result has them. */
  readonly finishedSets: BackupSet[] = [];
  readonly setSources: Sources['backupSets'][number][] = [];
  readonly failedSets: FailedSet[] = [];
  readonly imageCopies: { readonly copy: ImageCopy; readonly line: number }[] = [];
  readonly recoveredCopies: (RecoveredCopy & { readonly line: number })[] = [];
  readonly autobackups: { readonly autobackup: Mutable<Autobackup>; readonly line: number }[] = [];
  readonly skipped: { readonly entry: Skipped; readonly line: number }[] = [];
  readonly channelFailures: Mutable<ChannelFailure>[] = [];
  readonly unattributedPieces: Mutable<UnattributedPiece>[] = [];
  readonly copiedPieces: UnattributedPiece[] = [];
  readonly controlFileCopies: LogFacts['controlFileCopies'][number][] = [];
  readonly archivedLogCopies: Mutable<LogFacts['archivedLogCopies'][number]>[] = [];
  readonly doubts: Doubt[] = [];

  /** The channels that are allocated, and all that ever were. */
  readonly channels = new ChannelNames();
  readonly #channels: Channel[] = [];
  /** Where the last one of each name stands among them: names are used again. */
  readonly #latestChannels = new Map<string, number>();
  isForeign = false;
  isTranslated = false;
  knowsCommands = false;
  /** Some message of RMAN was met, and one that is more than a beginning. */
  hasMessages = false;
  hasResults = false;
  /** A channel worked where the log shows no command: it begins inside one. */
  worksOutside = false;
  /** Sets and copies whose files are being listed, the last announced at the end. */
  #listing: (SetDraft | CopyDraft)[] = [];
  #copySections: CopySection[] = [];

  get channelFacts(): readonly Channel[] {
    return this.#channels;
  }

  doubt(text: string, line?: number): void {
    if (this.doubts.length < MOST_DOUBTS) this.doubts.push({ text, ...(line !== undefined && { line }) });
  }

  /** Once for its allocation and again, with what it works on, for its session. */
  addChannel(name: string, line: number, session?: ChannelSession): void {
    this.channels.add(name);
    const known = this.#latestChannels.get(name);
    const channel = toChannel(name, line, session);
    if (known !== undefined && this.#channels[known]?.sid === undefined) {
      this.#channels[known] = channel;
      return;
    }
    this.#latestChannels.set(name, this.#channels.length);
    this.#channels.push(channel);
  }

  list(draft: SetDraft | CopyDraft): void {
    if (this.listing === draft) return;
    if (this.#listing.length > 0) this.#dropListed(draft);
    this.#listing.push(draft);
  }

  /** Apart, as V8 makes an object for what a closure needs whenever the function around it is called. */
  #dropListed(draft: SetDraft | CopyDraft): void {
    this.#listing = this.#listing.filter((each) => each !== draft && this.#isListing(each));
  }

  /** The set or copy to which lines without a channel belong. */
  get listing(): SetDraft | CopyDraft | undefined {
    while (this.#listing.length > 0) {
      const last = this.#listing.at(-1);
      if (last && this.#isListing(last)) return last;
      this.#listing.pop();
    }
    return undefined;
  }

  get listingSet(): SetDraft | undefined {
    const listing = this.listing;
    return listing && listing.type === 'set' ? listing : undefined;
  }

  /** Its files are named before its first piece is written. */
  #isListing(draft: SetDraft | CopyDraft): boolean {
    if (draft.type === 'copy') return this.copies.openOn(draft.channel) === draft;
    return (
      draft.state === 'open' &&
      draft.pieceInWork === undefined &&
      draft.pieces.length === 0 &&
      this.sets.openOn(draft.channel) === draft
    );
  }

  /** `version`: of the banner, if there is one. */
  startRun(version: string | undefined, line: number): void {
    this.endFailure(line);
    this.closeWork(false);
    this.commands.abandon();
    this.runs.start(version, line);
    this.deletions.forget();
    this.channels.clear();
    this.#latestChannels.clear();
    this.isForeign = false;
    this.isTranslated = false;
  }

  /** RMAN works on after it has said that it ends: an outer session, or one whose beginning is not in the log. */
  goOn(line: number): void {
    this.startRun(undefined, line);
    this.doubt('RMAN goes on behind its end: of which database is not known', line);
  }

  /** A line that the session cannot have written, where another one may be open beside it. */
  mix(line: number): void {
    if (this.runs.mix()) this.doubtMixed(line);
  }

  doubtMixed(line: number): void {
    this.doubt('two sessions of RMAN wrote at the same time: whose lines these are is not known', line);
  }

  startCommand(command: string, line: number, date: string | undefined): void {
    this.endFailure(line);
    const isInside = this.commands.mayHold(command) && this.sets.areEnded && !this.copies.hasOpen;
    if (this.commands.current?.isBackup && !isInside) {
      if (isBackupName(command)) this.mix(line);
      this.closeWork(false);
    }
    this.commands.start(command, line, this.runs.index, { date, isInside });
    this.deletions.forget();
    this.runs.current.hasFailedOutside = false;
  }

  /** As many as a log says: too many, perhaps, for the arguments of one call. */
  recovered(copies: Iterable<RecoveredCopy & { readonly line: number }>): void {
    for (const copy of copies) this.recoveredCopies.push(copy);
  }

  finishCommand(command: string, line: number, date: string | undefined): void {
    let finished = this.commands.finish(command, line, date);
    // A log that begins inside a command shows its work, then its end.
    if (!finished && this.commands.all.length === 0 && this.#hasWork) {
      finished = this.commands.addHeadless(command, line, this.runs.index, 'finished', isBackupName(command));
    }
    if (!finished) {
      this.mix(line);
      return;
    }
    if (finished.isInside) return;
    if (this.copies.hasRecovering) this.recovered(this.copies.takeAllRecovered());
    const lost = this.closeWork(true);
    if (lost > 0 && finished.isBackup) {
      finished.hasGap = true;
      this.doubt(
        `the ${command} finished, but ${lost} of its backups are never said to be complete: lines are missing`,
        line,
      );
    }
    this.deletions.forget();
  }

  get #hasWork(): boolean {
    return this.channels.size > 0;
  }

  /** Ends what is in work; answers how much of it the log never completes. */
  closeWork(hasFinished: boolean): number {
    const sets = this.sets.close();
    const lostSets = sets ? this.#endSets(sets, hasFinished) : 0;
    const lostCopies = this.copies.close();
    this.#joinCopySections(hasFinished && lostCopies.length === 0);
    if (this.#listing.length > 0) this.#listing = [];
    return lostSets + lostCopies.length;
  }

  #endSets({ closed, torn, lost }: EndedSets, hasFinished: boolean): number {
    for (const set of torn) this.#giveUp(set);
    for (const set of closed) {
      const doubt = doubtOfContent(set);
      if (doubt !== undefined) this.doubt(doubt, set.line);
    }
    const all = lost.length === 0 ? closed : [...closed, ...lost];
    const { sets, sources, unjoined } = joinSets(all, hasFinished && lost.length + torn.length === 0);
    // One by one: a command may have more than a call has room for arguments.
    for (const set of sets) this.finishedSets.push(set);
    for (const source of sources) this.setSources.push(source);
    for (const set of closed) if (set.state === 'failed') this.failedSets.push(toFailedSet(set));
    for (const { datafiles, pieces, line } of unjoined) {
      const [file] = datafiles;
      this.doubt(
        `a section of datafile ${file?.file} was written (${pieces[0]?.handle}), but not all of its sections are known to be`,
        line,
      );
    }
    return lost.length;
  }

  /** `isWhole`: no section is missing at the end of a copy. */
  #joinCopySections(isWhole: boolean): void {
    if (this.#copySections.length === 0) return;
    const copies = joinCopySections(this.#copySections, isWhole);
    this.#copySections = [];
    for (const copy of copies.whole) this.#addImageCopy(copy);
    for (const { output, blocks } of copies.unjoined) {
      this.doubt(
        `blocks ${blocks.join(' to ')} of ${output.output} were copied, but not all of its sections are known to be`,
        output.line,
      );
    }
  }

  /** A set of which lines are missing. */
  #giveUp({ channel, pieces, pieceLines, line }: SetDraft): void {
    this.doubt(`a set of channel ${channel} has a piece of which lines are missing`, line);
    for (const [at, { piece: _, ...described }] of pieces.entries()) {
      this.unattributedPieces.push({ ...described, channel, line: pieceLines[at] ?? line });
    }
  }

  finishCopy(channel: string, elapsedSeconds: number): void {
    const draft = this.copies.openOn(channel);
    const finished = this.copies.complete(channel, elapsedSeconds);
    if (!draft || !this.commands.isBackingUp) return;
    if (!finished) {
      const text = `a copy of channel ${channel} is complete, but the log does not name its record`;
      this.doubt(text, draft.line);
      return;
    }
    // Without a record of its own it was made in another database: by DUPLICATE.
    if (finished.output.recid === 0 && finished.output.stamp === 0) return;
    if (draft.content === 'datafile') {
      if (draft.section) this.#copySections.push({ ...finished, blocks: draft.section });
      else this.#addImageCopy(finished);
      return;
    }
    const file = toFileCopy(channel, finished.output);
    if (draft.content === 'controlfile') this.controlFileCopies.push(file);
    else if (draft.content === 'standby') this.controlFileCopies.push({ ...file, isStandby: true });
    else if (draft.log) this.archivedLogCopies.push({ ...file, ...draft.log });
  }

  #addImageCopy(finished: FinishedCopy): void {
    const { output, line } = finished.output;
    const copy = toImageCopy(finished);
    if (copy) this.imageCopies.push({ copy, line });
    else this.doubt(`the datafile of which ${output} is a copy is not in the log`, line);
  }

  /** Ends the report of a failure, if one is open, and judges what failed. */
  endFailure(line: number, isChannelOnly = false): void {
    const failure = this.failures.end();
    if (failure) this.judge(failure, line, isChannelOnly);
  }

  judge(failure: Failure, line: number, isChannelOnly: boolean): void {
    const channels = failedChannels(failure, this.channels);
    for (const channel of channels) {
      this.sets.fail(channel);
      this.copies.fail(channel);
    }
    if (isChannelOnly) {
      for (const channel of channels) this.#addChannelFailure(channel, failure);
      return;
    }
    this.closeWork(false);
    if (this.commands.fail(line)) return;
    const text = failureText(failure);
    const command = text === undefined ? undefined : commandIn(text);
    if (command === undefined) this.runs.current.hasFailedOutside = true;
    else this.commands.addHeadless(command, failure.line, this.runs.index, 'failed', isBackupName(command));
  }

  #addChannelFailure(channel: string, { line, errors }: Failure): void {
    const instance = this.#channels[this.#latestChannels.get(channel) ?? -1]?.instance;
    this.channelFailures.push({
      channel,
      ...(instance !== undefined && { instance }),
      line,
      errors,
      isRerun: false,
    });
  }
}
