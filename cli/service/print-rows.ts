/** Columns of a list for people: a title and the text of a row. */
export type Columns<Row> = readonly (readonly [title: string, textOf: (row: Row) => string | undefined])[];

/** Widths come from so many rows at a time: a list of a million is printed as it comes. */
const rowsAtOnce = 500;

/** Prints rows as they come: as JSON one object a line, otherwise as a table that says when it is empty. */
export async function printRows<Row>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  columns: Columns<Row>,
  { json, empty }: { readonly json: boolean | undefined; readonly empty: string },
): Promise<void> {
  let waiting: Row[] = [];
  let isFirst = true;
  const flush = () => {
    if (waiting.length > 0) process.stdout.write(tableOf(waiting, columns, isFirst));
    isFirst = false;
    waiting = [];
  };
  for await (const row of rows) {
    if (json) process.stdout.write(`${JSON.stringify(row)}\n`);
    else if (waiting.push(row) === rowsAtOnce) flush();
  }
  if (json) return;
  if (isFirst && waiting.length === 0) process.stdout.write(`${empty}\n`);
  flush();
}

function tableOf<Row>(rows: readonly Row[], columns: Columns<Row>, withTitles: boolean): string {
  const cells = rows.map((row) => columns.map(([, textOf]) => forTerminal(textOf(row) ?? '-')));
  const lines = withTitles ? [columns.map(([title]) => title), ...cells] : cells;
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Names of files and what logs say must not steer the terminal. */
export const forTerminal = (text: string): string => text.replace(/\p{Cc}/gu, '?');

export const inBytes = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes} B` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
