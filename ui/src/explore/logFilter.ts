/** Narrows a log query to, or rids it of, the lines with a certain value. Pure. */
import { quoted } from './links';

/** Where a value of a line comes from: its stream's labels, its metadata (or parsed labels), or its JSON. */
export type FieldOrigin = 'stream' | 'metadata' | 'line';

export interface FieldFilter {
  name: string;
  value: string;
  origin: FieldOrigin;
  /** True to keep the lines with this value, false to leave them out. */
  keep: boolean;
}

/** The query with one more condition: on streams in its selector, on lines at its end. */
export function withFilter(query: string, { name, value, origin, keep }: FieldFilter): string {
  const condition = `${name}${keep ? '=' : '!='}${quoted(value)}`;
  const end = endOfSelector(query);
  if (origin === 'stream' && end !== undefined) {
    const before = query.slice(0, end).trimEnd();
    return `${before}${before.endsWith('{') ? '' : before.endsWith(',') ? ' ' : ', '}${condition}${query.slice(end)}`;
  }
  const parses = origin === 'line' && !/\|\s*json\b/.test(query);
  return `${query.trimEnd()}${parses ? ' | json' : ''} | ${condition}`;
}

/** The place of the brace that closes the first selector, minding strings. */
function endOfSelector(query: string): number | undefined {
  let quote = '';
  let open = false;
  for (let at = 0; at < query.length; at += 1) {
    const char = query[at] ?? '';
    if (quote) {
      if (char === '\\' && quote === '"') at += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === '`') quote = char;
    else if (char === '{') open = true;
    else if (char === '}' && open) return at;
  }
  return undefined;
}
