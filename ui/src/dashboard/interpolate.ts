/** Puts variables into queries and texts: `$name`, `${name}`, `${name:format}`, `[[name]]`. */
import { writtenDate } from './dateFormat';

/** A variable's chosen values; `all` marks a choice of everything. */
export interface VariableValue {
  values: readonly string[];
  /** What stands for everything, where the dashboard says so. */
  allValue?: string | undefined;
  all?: boolean;
  /** More than one value can be chosen, so that even one stands where a regular expression does. */
  multi?: boolean;
  /** What was chosen, where the value follows from something else, as an automatic interval does. */
  as?: string;
  /** Why there is no value at all. */
  missing?: string;
}

export type Scope = Readonly<Record<string, VariableValue>>;

/** How several values become one text. */
export type Format =
  | 'regex'
  | 'pipe'
  | 'csv'
  | 'raw'
  | 'json'
  | 'doublequote'
  | 'singlequote'
  | 'sqlstring'
  | 'percentencode'
  | 'queryparam'
  | 'text'
  | 'glob'
  | 'lucene'
  | 'html'
  | `date${string}`;

/** What stands behind a colon is a format; that of a date may hold colons itself. */
const PATTERN = /\$\{(\w+)(?:\.[^}:]*)?(?::([^}]*))?\}|\[\[(\w+)(?::([^\]]*))?\]\]|\$(\w+)/g;

/** Replaces every known variable; unknown ones stay as they are. Several values become `standard`. */
export function interpolate(text: string, scope: Scope, standard: Format = 'regex'): string {
  return text.replace(PATTERN, (whole, ...groups: (string | undefined)[]) => {
    const name = groups[0] ?? groups[2] ?? groups[4] ?? '';
    const variable = scope[name];
    if (!variable) return whole;
    const format = (groups[1] ?? groups[3]) as Format | undefined;
    if (variable.all && variable.allValue) return variable.allValue;
    if (format === 'queryparam') return queryParam(name, variable);
    if (format?.startsWith('date')) return writtenDate(Number(variable.values[0]), format.slice(5));
    return write(variable.values, format ?? standard, format !== undefined || (variable.multi ?? false));
  });
}

/** The names of the variables that a text uses. */
export function used(text: string): Set<string> {
  return new Set(Array.from(text.matchAll(PATTERN), (match) => match[1] ?? match[3] ?? match[5] ?? ''));
}

function write(values: readonly string[], format: Format, explicit: boolean): string {
  const [only = ''] = values;
  if (format === 'html') return values.map(escapeHtml).join(', ');
  if (values.length <= 1 && !explicit) return only;
  switch (format) {
    case 'regex':
      return values.length === 1 ? escapeRegex(only) : `(${values.map(escapeRegex).join('|')})`;
    case 'pipe':
      return values.join('|');
    case 'json':
      return JSON.stringify(values);
    case 'doublequote':
      return values.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(',');
    case 'singlequote':
      return values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(',');
    case 'sqlstring':
      return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',');
    case 'percentencode':
      return encodeURIComponent(values.length === 1 ? only : `{${values.join(',')}}`);
    case 'glob':
      return values.length === 1 ? only : `{${values.join(',')}}`;
    case 'lucene':
      return values.length === 1 ? only : `(${values.map((value) => `"${value}"`).join(' OR ')})`;
    case 'text':
      return values.join(' + ');
    default:
      return values.join(',');
  }
}

function queryParam(name: string, { values, all }: VariableValue): string {
  const written = all ? ['$__all'] : values;
  return written.map((value) => `var-${name}=${encodeURIComponent(value)}`).join('&');
}

/** Escapes what a regular expression would take as its own, twice, since it stands in a quoted string. */
function escapeRegex(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, '\\\\$&');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A value that stands in markup is text there, whatever it is. */
function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
