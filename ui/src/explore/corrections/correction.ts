/** What a correction is, and how a query is changed at a place outside its texts. Pure. */

/** A query that is probably meant, and in words what is changed. */
export interface Correction {
  text: string;
  query: string;
}

/** What a store said about a query. */
export interface Said {
  error?: string;
  hints: readonly string[];
}

/** The query with its texts and comments blanked out, so that places in it stay the same. */
export function withoutTexts(query: string): string {
  return query.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*/g, (text) =>
    '\0'.repeat(text.length),
  );
}

/** The query with the part from `at` of this length replaced. */
export function replaced(query: string, at: number, length: number, by: string): string {
  return query.slice(0, at) + by + query.slice(at + length);
}

/** Where a name stands as a whole word outside of texts, from `from` on; -1 if it does not. */
export function placeOf(query: string, name: string, from = 0): number {
  const word = new RegExp(`(?<![\\w:.])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w:.])`, 'g');
  word.lastIndex = from;
  return word.exec(withoutTexts(query))?.index ?? -1;
}

/** The place in a query that a message names as line and column, such as `(1:6)`. */
export function offsetOf(query: string, message: string): number {
  const [, line, column] = /\((\d+):(\d+)\)$/.exec(message) ?? [];
  if (!line || !column) return 0;
  const before = query.split('\n').slice(0, Number(line) - 1);
  return before.reduce((sum, text) => sum + text.length + 1, 0) + Number(column) - 1;
}
