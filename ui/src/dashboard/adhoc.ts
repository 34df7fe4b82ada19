/** Ad-hoc filters: matchers that the reader adds to every query of a data source. */
import type { VariableJson } from '../lib/dashboardJson';

export interface Filter {
  key: string;
  operator: string;
  value: string;
}

export const OPERATORS: readonly string[] = ['=', '!=', '=~', '!~'];

/** Writes filters as Grafana's addresses do: `key|operator|value`, a bar in them as `__gfp__`. */
export function writeFilter({ key, operator, value }: Filter): string {
  return [key, operator, value].map((part) => part.replaceAll('|', '__gfp__')).join('|');
}

/** The filters that the address chooses, else those that the dashboard stored; what is no filter is left out. */
export function filtersOf(json: VariableJson, chosen: readonly string[] | undefined): Filter[] {
  const written = chosen
    ? chosen.map((text) => {
        const [key = '', operator = '', value = ''] = text
          .split('|')
          .map((part) => part.replaceAll('__gfp__', '|'));
        return { key, operator, value };
      })
    : (json.filters ?? []);
  return written.filter(({ key, operator }) => key !== '' && OPERATORS.includes(operator));
}

/**
 * Adds the filters to every selector of a query of that language, where it stands in the syntax tree. The parsers
 * are loaded when there is a filter; a language without selectors stays as it is.
 */
export async function withFilters(
  query: string,
  language: string,
  filters: readonly Filter[] = [],
): Promise<string> {
  if (filters.length === 0) return query;
  const places = await PLACES[language]?.(query);
  if (!places) return query;
  const matchers = filters.map(({ key, operator, value }) => `${key}${operator}${JSON.stringify(value)}`);
  const inside = matchers.join(',');
  let result = query;
  // From the last to the first, so that the places before stay where they are.
  for (const { at, braces, empty } of [...places].sort((a, b) => b.at - a.at)) {
    const text = braces ? `${empty ? '' : ','}${inside}` : `{${inside}}`;
    result = result.slice(0, at) + text + result.slice(at);
  }
  return result;
}

/** Where matchers can be written: before a closing brace, or behind a name without braces. */
interface Place {
  at: number;
  braces: boolean;
  /** The braces hold no matcher yet. */
  empty: boolean;
}

const PLACES: Readonly<Record<string, (query: string) => Promise<Place[]>>> = {
  prometheus: async (query) => {
    const { parser } = await import('@prometheus-io/lezer-promql');
    return placesIn(query, parser, 'VectorSelector');
  },
  loki: async (query) => {
    const { parser } = await import('@grafana/lezer-logql');
    return placesIn(query, parser, 'Selector');
  },
};

interface Parser {
  parse(input: string): { iterate(spec: { enter(node: SyntaxPlace): void }): void };
}

interface SyntaxPlace {
  name: string;
  from: number;
  to: number;
}

function placesIn(query: string, parser: Parser, selector: string): Place[] {
  const places: Place[] = [];
  parser.parse(query).iterate({
    enter: ({ name, from, to }) => {
      if (name !== selector) return;
      const text = query.slice(from, to);
      const close = text.lastIndexOf('}');
      if (close < 0) places.push({ at: to, braces: false, empty: true });
      else {
        const inside = text.slice(text.indexOf('{') + 1, close).trim();
        // A comma may stand behind the last matcher.
        places.push({ at: from + close, braces: true, empty: inside === '' || inside.endsWith(',') });
      }
    },
  });
  return places;
}
