const HIDDEN = '***';

// Every repetition has a limit: a text without end must not cost more than its length.

/** A value, bare or in quotes. */
const QUOTED = String.raw`"(?:[^"\\]|\\.){0,512}"|'(?:[^'\\]|\\.){0,512}'|\\"[^"]{0,512}"`;
const VALUE = String.raw`(?:${QUOTED}|[^\s"',;)]{1,512})`;

/** `identified by "x"`, `wallet password x` */
const AFTER_WORD = new RegExp(
  String.raw`(identified by(?: values?)?|password|passwd|passphrase|-pwd)(\s{1,8}(?:is\s{1,8}|to\s{1,8})?)(${VALUE})`,
  'gi',
);

/** `set decryption identified by "x", "y"`: any of the passwords may be right. */
const AFTER_DECRYPTION = new RegExp(
  String.raw`(decryption\s{1,8}identified by\s{1,8})${VALUE}(?:\s{0,8},\s{0,8}${VALUE}){1,16}`,
  'gi',
);

/** `PASSWORD=x`, `token: x`, `AWS_SECRET_ACCESS_KEY=x` */
const AFTER_SIGN = new RegExp(
  String.raw`((?:identified by|pass(?:word|wd|phrase)?|pwd|secret|token|credential|api_?key|access_?key|account_?key|private_?key|\bsig(?==))[\w-]{0,32}\s{0,8}[=:]\s{0,8})(${VALUE})`,
  'gi',
);

/** `user/password@service`; a path has no bare name at its start and no `@` behind it. The password may hold any sign but a blank. */
const CONNECT = new RegExp(
  String.raw`(^|[\s='"(,])([A-Za-z][\w$#.]{0,127}|"[^"\s]{1,128}")/(?:${QUOTED}|[^\s"']{1,512})(?=@)`,
  'g',
);

/** Words that a connect string follows, with what may stand between. */
const CONNECTING = String.raw`\b(target|catalog|auxiliary|connect|conn|rman|rcvcat|sqlplus|expdp|impdp)((?:\s{1,8}-[a-z]{1,20}){0,3}(?:\s{1,8}|\s{0,8}=\s{0,8}))`;

/** `target "sys/password@service"`: where the password ends is not certain, so all of it is hidden. */
const AFTER_KEYWORD_IN_QUOTES = new RegExp(
  String.raw`${CONNECTING}(["'])([A-Za-z][\w$#.]{0,127})\/(?:(?!\3)[^\\]|\\.){1,512}(?=\3)`,
  'gi',
);

/** `target sys/password`, without a service. */
const AFTER_KEYWORD = new RegExp(
  String.raw`${CONNECTING}([A-Za-z][\w$#.]{0,127})\/(?:${QUOTED}|[^\s"',;)@]{1,512})`,
  'gi',
);

/** `sshpass -p password`, `mysql -ppassword`; elsewhere `-p` may be part of a name. */
const AFTER_OPTION = new RegExp(
  String.raw`\b((?:sshpass|mysql|mysqldump|zip|unzip)(?:\s{1,8}[^\s'"]{1,64}){0,4}?\s{1,8}-p\s?)(${VALUE})`,
  'gi',
);

/** `Authorization: Basic token`, `Bearer token` */
const AUTHORIZATION = new RegExp(
  String.raw`(authorization\s{0,8}[=:]\s{0,8}(?:basic|bearer)\s{1,8}|\bbearer\s{1,8}(?=[\w.~+/-]{8}))(${VALUE})`,
  'gi',
);

/** `curl -u user:password`, `mkstore -createCredential alias user password` */
const AFTER_USER = new RegExp(
  String.raw`(\s(?:-u|--user)[\s=]{1,8}[\w.@-]{1,128}:|\s-(?:create|modify)credential(?:\s{1,8}[^\s]{1,256}){2}\s{1,8})(${VALUE})`,
  'gi',
);

/** `https://user:password@host` */
const IN_URL = /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,256}:)([^\s@/]{1,512})(?=@)/gi;

/** Words that follow `password` in Oracle's own texts. */
const NO_SECRETS =
  /^(?:file|files|for|is|was|not|has|have|expired|expire|must|the|a|or|and|to|in|of|required|invalid|\*+)$/i;

/** A file's name mostly has none of these, and then no secret: the glance is cheaper than the search. */
const SIGNS = '@= :\t';
const GLANCE = new RegExp(`[${SIGNS}]`);
/** `@`, which no letter comes before. */
const FIRST_LETTER = 64;
const isSign = Uint8Array.from({ length: 128 }, (_, code) =>
  SIGNS.includes(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether a part of a text has one of the signs that `redact` looks for first, and more than figures: a date has no secret. */
export const mayHideSecret = (codes: Uint16Array, from: number, end: number): boolean => {
  let hasSign = false;
  let hasLetter = false;
  for (let at = from; at < end; at += 1) {
    const code = codes[at] ?? 0;
    hasSign ||= isSign[code] === 1;
    hasLetter ||= code >= FIRST_LETTER;
    if (hasSign && hasLetter) return true;
  }
  return false;
};

const SUSPECT =
  /@|identified by|authorization|bearer |pass|pwd|secret|token|credential|(?:api|access|account|private)_?key|\bsig=|--?u(?:ser)?[\s=]|(?:sshpass|mysql|mysqldump|zip) |(?:target|catalog|auxiliary|conn|connect|rman|rcvcat|sqlplus|expdp|impdp)[ =]/i;

/** The text with what looks like a secret replaced by `***`. File names stay as they are. */
export const redact = (text: string): string => {
  if (!GLANCE.test(text) || !SUSPECT.test(text)) return text;
  return text
    .replace(AUTHORIZATION, `$1${HIDDEN}`)
    .replace(AFTER_DECRYPTION, `$1${HIDDEN}`)
    .replace(AFTER_USER, `$1${HIDDEN}`)
    .replace(AFTER_SIGN, `$1${HIDDEN}`)
    .replace(AFTER_WORD, (all: string, word: string, between: string, value: string) =>
      NO_SECRETS.test(value) ? all : `${word}${between}${HIDDEN}`,
    )
    .replace(IN_URL, `$1${HIDDEN}`)
    .replace(
      AFTER_KEYWORD_IN_QUOTES,
      (_, keyword: string, between: string, quote: string, user: string) =>
        `${keyword}${between}${quote}${user}/${HIDDEN}`,
    )
    .replace(CONNECT, (_, before: string, user: string) => `${before}${user}/${HIDDEN}`)
    .replace(AFTER_OPTION, `$1${HIDDEN}`)
    .replace(
      AFTER_KEYWORD,
      (_, keyword: string, between: string, user: string) => `${keyword}${between}${user}/${HIDDEN}`,
    );
};
