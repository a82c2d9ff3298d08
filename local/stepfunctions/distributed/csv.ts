/**
 * Splits a delimited text into rows of fields. A field in double quotes may hold delimiters and line breaks;
 * a quote in it is written twice (RFC 4180). Rows end with LF or CRLF; empty lines are no rows.
 */
export function parseRows(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let isQuoted = false;
  const endField = () => {
    row.push(field);
    field = '';
  };
  const endRow = () => {
    endField();
    if (row.length > 1 || row[0] !== '') {
      rows.push(row);
    }
    row = [];
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (isQuoted) {
      const isEscaped = character === '"' && text.charAt(at + 1) === '"';
      at += isEscaped ? 1 : 0;
      isQuoted = isEscaped || character !== '"';
      field += isQuoted ? character : '';
    } else if (character === '"' && field === '') {
      isQuoted = true;
    } else if (character === delimiter) {
      endField();
    } else if (character === '\n') {
      endRow();
    } else if (character !== '\r' || text.charAt(at + 1) !== '\n') {
      field += character;
    }
  }
  if (field !== '' || row.length > 0) {
    endRow();
  }
  return rows;
}
