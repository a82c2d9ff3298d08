import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readCommandLine } from './command-line.ts';
import { runRman } from './rman.ts';
import { readSettings } from './settings.ts';

const standardInput = 0;
const standardOutput = 1;

const main = async (): Promise<number> => {
  const { logFile, append, commandFile } = readCommandLine(process.argv.slice(2));
  const settings = readSettings(process.env);
  const source = { text: readFileSync(commandFile ?? standardInput, 'utf8'), file: commandFile };
  const output = logFile === undefined ? standardOutput : openSync(logFile, append ? 'a' : 'w');
  try {
    // Line by line and at once: whoever kills this process finds the log as far as it came.
    return await runRman(source, settings, (...lines) => {
      for (const line of lines) writeSync(output, `${line}\n`);
    });
  } finally {
    if (output !== standardOutput) closeSync(output);
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  for (const line of message.split('\n')) console.error(`fake-rman: ${line}`);
  process.exitCode = 1;
}
