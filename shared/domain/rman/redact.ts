const HIDDEN = '***';

// Every repetition has a limit: a text without end must not cost more than its length.

/** A value, bare or in quotes. */
const VALUE = String.raw`(?:"[^"]{0,512}"|'[^']{0,512}'|[^\s"',;)]{1,512})`;

/** `identified by "x"`, `wallet password x` */
const AFTER_WORD = new RegExp(
  String.raw`(identified by(?: values?)?|password|passwd|passphrase)(\s{1,8}(?:is\s{1,8}|to\s{1,8})?)(${VALUE})`,
  'gi',
);

/** `PASSWORD=x`, `token: x`, `AWS_SECRET_ACCESS_KEY=x` */
const AFTER_SIGN = new RegExp(
  String.raw`((?:identified by|password|passwd|passphrase|pwd|secret|token|credential|api_?key|access_?key|private_?key)[\w-]{0,32}\s{0,8}[=:]\s{0,8})(${VALUE})`,
  'gi',
);

/** `user/password@service`; a path has no bare name at its start and no `@` behind it. */
const CONNECT = new RegExp(String.raw`(^|[\s='"(,])([A-Za-z][\w$#.]{0,127})/(${VALUE})(?=@)`, 'g');

/** `target sys/password`, without a service. */
const AFTER_KEYWORD =
  /\b(target|catalog|auxiliary|connect|conn|rman|rcvcat)((?:\s{1,8}|\s{0,8}=\s{0,8})["']?)([A-Za-z][\w$#.]{0,127})\/(?:"[^"]{0,512}"|[^\s"',;)@]{1,512})/gi;

/** `https://user:password@host` */
const IN_URL = /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,256}:)([^\s@/]{1,512})(?=@)/gi;

/** Words that follow `password` in Oracle's own texts. */
const NO_SECRETS =
  /^(?:file|files|for|is|was|not|has|have|expired|expire|must|the|a|or|and|to|in|of|required|invalid|\*+)$/i;

/** A file's name mostly has none of these, and then no secret: the glance is cheaper than the search. */
const MAY_BE_SUSPECT = /[@=:\s]/;

const SUSPECT =
  /@|identified by|passw|passphrase|pwd|secret|token|credential|api_?key|access_?key|private_?key|(?:target|catalog|auxiliary|conn|connect|rman|rcvcat)[ =]/i;

/** The text with what looks like a secret replaced by `***`. File names stay as they are. */
export const redact = (text: string): string => {
  if (!MAY_BE_SUSPECT.test(text) || !SUSPECT.test(text)) return text;
  return text
    .replace(AFTER_SIGN, `$1${HIDDEN}`)
    .replace(AFTER_WORD, (all: string, word: string, between: string, value: string) =>
      NO_SECRETS.test(value) ? all : `${word}${between}${HIDDEN}`,
    )
    .replace(IN_URL, `$1${HIDDEN}`)
    .replace(CONNECT, (_, before: string, user: string) => `${before}${user}/${HIDDEN}`)
    .replace(
      AFTER_KEYWORD,
      (_, keyword: string, between: string, user: string) => `${keyword}${between}${user}/${HIDDEN}`,
    );
};
