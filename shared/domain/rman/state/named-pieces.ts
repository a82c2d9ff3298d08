import type { Piece } from '../result/map.ts';
import { addPiece, toPiece } from './backup-sets.ts';
import type { LogState } from './log-state.ts';

/** The line with the handle of a piece: of an autobackup, of the set whose piece was finished last, or of nothing that is known. */
export const addPieceHandle = (
  state: LogState,
  { handle, tag, comment }: Pick<Piece, 'handle' | 'tag' | 'comment'>,
  line: number,
): void => {
  const { commands, sets, runs } = state;
  if (commands.isAutobackup) {
    const autobackup = comment === undefined ? { handle } : { handle, comment };
    if (runs.readHandle(handle)) {
      state.autobackups.push({ autobackup, line });
      return;
    }
    // One of another database is of another session, whose lines stand between.
    state.unattributedPieces.push({ ...autobackup, line });
    state.mix(line);
    return;
  }
  if (!commands.isBackingUp) {
    // RMAN prints the comment of a piece that it writes only: the beginning of the command is not in the log, or not understood.
    if (!commands.current && comment !== undefined)
      state.unattributedPieces.push({ handle, ...(tag !== undefined && { tag }), comment, line });
    return;
  }
  const finished = sets.lastFinished;
  const piece = toPiece(handle, tag ?? finished?.tag, comment, finished);
  if (finished?.set && finished.set.content !== 'pieces') {
    addPiece(finished.set, piece, line);
    return;
  }
  const { piece: _, ...described } = piece;
  const isCopied = finished?.set !== undefined || sets.isCopyingPiece;
  const pieces = isCopied ? state.copiedPieces : state.unattributedPieces;
  pieces.push({ ...described, ...(finished && { channel: finished.channel }), line });
};

/** The rest of a line with a handle, that was broken before the tag or the comment. */
export const addToPiece = (
  { commands, sets, autobackups }: LogState,
  more: { readonly tag?: string; readonly comment?: string },
): void => {
  const last: { tag?: string; comment?: string } | undefined = sets.lastFinished?.set?.pieces.at(-1);
  const piece: typeof last = last ?? (commands.isAutobackup ? autobackups.at(-1)?.autobackup : undefined);
  if (!piece) return;
  if (more.comment !== undefined) piece.comment ??= more.comment;
  if (more.tag !== undefined && !commands.isAutobackup) piece.tag ??= more.tag;
};
