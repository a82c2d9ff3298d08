/** A script with one thing in it that is not as it was written. */
export interface Mutant {
  readonly title: string;
  /** The line that is changed. */
  readonly line: string;
  readonly how: 'dropped' | 'swapped' | 'changed';
  readonly text: string;
}

/** The commands of a script, with the number of their line. */
const commandsOf = (lines: readonly string[]) =>
  lines.flatMap((line, index) => (line === '' || line.startsWith('#') ? [] : [{ line, index }]));

const put = (lines: readonly string[], index: number, ...instead: readonly string[]): string =>
  lines.toSpliced(index, 1, ...instead).join('\n');

/** The script without each of its lines. */
export const dropLines = (text: string): Mutant[] => {
  const lines = text.split('\n');
  return commandsOf(lines).map(({ line, index }) => ({
    ...{ title: `without: ${line.trim()}`, line: line.trim(), how: 'dropped' as const },
    text: put(lines, index),
  }));
};

/** Each two neighbours the other way round. */
export const swapLines = (text: string): Mutant[] => {
  const lines = text.split('\n');
  const commands = commandsOf(lines);
  return commands.slice(1).map(({ line, index }, at) => {
    const before = commands[at] ?? { line, index };
    const title = `${line.trim()} before ${before.line.trim()}`;
    const swapped = lines.with(before.index, line).with(index, before.line).join('\n');
    return { title, line: line.trim(), how: 'swapped' as const, text: swapped };
  });
};

/** Every number one higher, every string one letter longer. */
export const changeValues = (text: string): Mutant[] => {
  const lines = text.split('\n');
  return commandsOf(lines).flatMap(({ line, index }) => {
    if (/allocate channel/.test(line)) return [];
    const changes = [
      ...[...line.replace(/'[^']*'/g, (found) => '_'.repeat(found.length)).matchAll(/\b\d+\b/g)].map(
        ({ index: at, 0: number }) =>
          `${line.slice(0, at)}${Number(number) + 1}${line.slice(at + number.length)}`,
      ),
      ...[...line.matchAll(/'([^']*)'/g)].map(
        ({ index: at, 0: found, 1: inside = '' }) =>
          `${line.slice(0, at)}'${inside}x'${line.slice(at + found.length)}`,
      ),
    ];
    return changes.map((changed) => ({
      ...{ title: `${line.trim()} → ${changed.trim()}`, line: line.trim(), how: 'changed' as const },
      text: put(lines, index, changed),
    }));
  });
};

/** What may be missing or otherwise without harm, and why. */
const harmless: readonly { readonly line: RegExp; readonly how: Mutant['how'] }[] = [
  // What is not there is passed over at the restore as well; the crosscheck says it before.
  { line: /^crosscheck/, how: 'dropped' },
  // One channel is enough, and RMAN has its own.
  { line: /^allocate channel/, how: 'dropped' },
  // The new names are ours to choose, and so is the folder of the auxiliary instance.
  { line: /^set newname for datafile/, how: 'changed' },
  { line: /auxiliary destination/, how: 'changed' },
];

export const isHarmless = (mutant: Mutant): boolean =>
  harmless.some(({ line, how }) => how === mutant.how && line.test(mutant.line));
