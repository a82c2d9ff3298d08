import cliProgress from 'cli-progress';
import { forTerminal } from '../service/print-rows.ts';
import { bytesText, paceTexts, progressText, type ShownRestore } from './describe-restore.ts';

/** Shows people how far a restore is. */
export interface RestoreView {
  show(restore: ShownRestore): void;
  /** Leaves the screen ready for what comes next. */
  end(): void;
}

/** Bars on a terminal; elsewhere, as in a log, lines that say something new. */
export const viewOn = (stream: NodeJS.WriteStream): RestoreView =>
  stream.isTTY ? new Bars(stream) : new Lines(stream);

/** One bar for the bytes and one for the files, which are verified after their bytes are there. */
class Bars implements RestoreView {
  readonly #bars: cliProgress.MultiBar;
  readonly #bytes: cliProgress.SingleBar;
  readonly #files: cliProgress.SingleBar;

  constructor(stream: NodeJS.WriteStream) {
    const format = '{name} {bar} {percentage}% {text}';
    this.#bars = new cliProgress.MultiBar(
      { stream, format, barsize: 24, hideCursor: true, emptyOnZero: true },
      cliProgress.Presets.shades_classic,
    );
    this.#bytes = this.#bars.create(0, 0, { name: 'staged  ', text: '' });
    this.#files = this.#bars.create(0, 0, { name: 'verified', text: '' });
  }

  show(restore: ShownRestore): void {
    const { state, progress } = restore;
    const { bytesDone, bytesTotal, filesDone, filesTotal, isQueued } = progress;
    const amount = `${bytesText(bytesDone)} of ${bytesText(bytesTotal)}`;
    const text = isQueued ? 'waits for other restores' : [amount, ...paceTexts(progress)].join(', ');
    this.#bytes.setTotal(bytesTotal);
    this.#bytes.update(bytesDone, {
      text: state === 'staging' ? text : state === 'thawing' ? progressText(restore) : state,
    });
    this.#files.setTotal(filesTotal);
    this.#files.update(filesDone, { text: `${filesDone} of ${filesTotal} files` });
    this.#bars.update();
  }

  end(): void {
    this.#bars.stop();
  }
}

class Lines implements RestoreView {
  readonly #stream: NodeJS.WritableStream;
  #last = '';

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  show(restore: ShownRestore): void {
    const line = forTerminal(`${restore.state}: ${progressText(restore)}`);
    if (line === this.#last) return;
    this.#last = line;
    this.#stream.write(`${line}\n`);
  }

  end(): void {}
}
