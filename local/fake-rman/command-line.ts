/** How rman was called. */
export interface CommandLine {
  readonly logFile?: string;
  readonly append: boolean;
  /** Commands come from this file, or from standard input without it. */
  readonly commandFile?: string;
}

// The connection of the operating system's user, or a wallet's alias: whatever holds a password is refused.
const targetPattern = /^["']?\/(@[^\s/@"'][^\s"']*)?( as sys(backup|dba))?["']?$/i;

/** Reads the arguments, `name value` and `name=value` alike; throws an Error that names what is not supported. */
export const readCommandLine = (args: readonly string[]): CommandLine => {
  const rest = [...args];
  const options: { logFile?: string; append: boolean; commandFile?: string } = { append: false };
  let target: string | undefined;
  while (rest.length > 0) {
    const argument = rest.shift() ?? '';
    const [name = '', inline] = splitOnce(argument);
    const value = (): string => {
      const found = inline ?? rest.shift();
      if (!found) throw new Error(`argument ${name} needs a value`);
      return found;
    };
    if (argument.startsWith('@')) options.commandFile = argument.slice(1);
    else if (name === 'target') target = value();
    else if (name === 'log') options.logFile = value();
    else if (name === 'cmdfile') options.commandFile = value();
    else if (name === 'append') options.append = true;
    else if (name !== 'nocatalog') throw new Error(`the stand-in does not know the argument ${argument}`);
  }
  if (target === undefined) throw new Error('the stand-in needs the argument target /');
  if (!targetPattern.test(target))
    throw new Error('the stand-in connects only to target / or /@alias, without password');
  return options;
};

const splitOnce = (argument: string): [string, string?] => {
  const at = argument.indexOf('=');
  return at < 0 ? [argument.toLowerCase()] : [argument.slice(0, at).toLowerCase(), argument.slice(at + 1)];
};
