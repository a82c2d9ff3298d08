import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes what would leave this machine (mails, calls of URLs, short messages) to a file per topic, one JSON a line:
 * nothing here sends to anybody.
 */
export const writeOutboundTo =
  (logDirectory: string) =>
  (topicArn: string, message: object): void => {
    mkdirSync(logDirectory, { recursive: true });
    const name = topicArn.slice(topicArn.lastIndexOf(':') + 1);
    appendFileSync(join(logDirectory, `sns-${name}.log`), `${JSON.stringify(message)}\n`);
  };
