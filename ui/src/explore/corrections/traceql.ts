/** The commonest mistakes in TraceQL. Pure. */
import { type Correction, replaced, withoutTexts } from './correction';

/** Words that stand without quotes. */
const BARE = 'true false nil ok error unset server client producer consumer internal unspecified'.split(' ');
/** What the words of a comparison with these fields are taken from. */
const ENUMERATIONS = ['status', 'kind', 'span:status', 'span:kind'];
const SCOPES = ['span', 'resource', 'event', 'link', 'instrumentation', 'parent', 'trace'];
const COMPARISON = String.raw`\s*(?:=~|!~|!=|>=|<=|=|>|<)`;

/** What might be meant: queries that the store does not understand, or that found nothing. */
export function ofTraceQl(query: string): Correction[] {
  return [...unquoted(query), ...quotedWords(query), ...withoutScope(query), ...quotedNumbers(query)];
}

/** `name = checkout` wants quotes. */
function unquoted(query: string): Correction[] {
  const values = withoutTexts(query).matchAll(/(=~|!~|!=|=)\s*([A-Za-z_][\w.-]*)(?=\s*(?:[&|})]|$))/g);
  const wrong = [...values].filter(
    ({ 2: word = '' }) => !BARE.includes(word) && !SCOPES.includes(word.split('.')[0] ?? ''),
  );
  if (wrong.length === 0) return [];
  const words = wrong.map(({ 2: word }) => word);
  // From the last one on, so that the places before it stay the same.
  const fixed = wrong.reduceRight((text, { 2: word = '', 0: all, index }) => {
    return replaced(text, index + all.length - word.length, word.length, `"${word}"`);
  }, query);
  return [{ text: `Put ${words.join(' and ')} in quotes: it is a text`, query: fixed }];
}

/** `status = "error"` wants none. */
function quotedWords(query: string): Correction[] {
  const found = new RegExp(`(${ENUMERATIONS.join('|')})(\\s*!?=\\s*)"([a-z]+)"`).exec(query);
  if (!found) return [];
  const [all, field, operator, word] = found;
  const text = `Leave out the quotes: ${field} has values of its own, such as ${word}`;
  return [{ text, query: replaced(query, found.index, all.length, `${field}${operator}${word}`) }];
}

/** `service.name` needs to be said of what: of the resource, of the span, or of either. */
function withoutScope(query: string): Correction[] {
  const names = withoutTexts(query).matchAll(
    new RegExp(`(?<![\\w.:"])([A-Za-z_]\\w*(?:\\.\\w+)+)(?=${COMPARISON}|\\s*\\))`, 'g'),
  );
  return [...names].flatMap(({ 1: name = '', index }) => {
    if (SCOPES.includes(name.split('.')[0] ?? '')) return [];
    return ['resource.', 'span.', '.'].map((scope) => ({
      text: `Write ${scope}${name}${scope === '.' ? ', which looks at spans and resources' : ''}`,
      query: replaced(query, index, 0, scope),
    }));
  });
}

/** `span.http.response.status_code = "500"` compares a number with a text. */
function quotedNumbers(query: string): Correction[] {
  const found = /(=|!=|>=|<=|>|<)(\s*)"(-?\d+(?:\.\d+)?)"/.exec(query);
  if (!found) return [];
  const [all, operator, space, number] = found;
  const text = `Leave out the quotes: "${number}" is a text, ${number} a number`;
  return [{ text, query: replaced(query, found.index, all.length, `${operator}${space}${number}`) }];
}
