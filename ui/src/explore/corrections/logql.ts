/** The commonest mistakes in LogQL. Pure. */
import { type Correction, replaced, type Said, withoutTexts } from './correction';
import { nearest } from './nearest';

const STAGES = 'json logfmt pattern regexp unpack line_format label_format unwrap decolorize drop keep'.split(
  ' ',
);
/** The parsers that need no words of their own. */
const PARSERS = ['json', 'logfmt'];
const FUNCTIONS =
  'sum min max avg count topk bottomk stddev stdvar sort sort_desc rate rate_counter count_over_time bytes_rate bytes_over_time absent_over_time sum_over_time avg_over_time max_over_time min_over_time first_over_time last_over_time stdvar_over_time stddev_over_time quantile_over_time label_replace vector approx_topk'.split(
    ' ',
  );

export function ofLogQl(query: string, { error, hints }: Said): Correction[] {
  if (error) return [...mistypedStages(query), ...mistypedFunctions(query)];
  return [...parsedLabels(query, hints), ...unparsedConditions(query)];
}

/** A stage whose name is nearly one of the language's. */
function mistypedStages(query: string): Correction[] {
  const stages = withoutTexts(query).matchAll(/\|\s*([A-Za-z_]\w*)(?=\s*(?:\||$|\)|\[|\0|[A-Za-z_]))/g);
  return [...stages].flatMap((stage) => {
    const word = stage[1] ?? '';
    const right = STAGES.includes(word) ? undefined : nearest(word, STAGES);
    if (!right) return [];
    const at = stage.index + stage[0].length - word.length;
    return [{ text: `Use ${right} instead of ${word}`, query: replaced(query, at, word.length, right) }];
  });
}

function mistypedFunctions(query: string): Correction[] {
  const calls = withoutTexts(query).matchAll(/(?<![\w|])([A-Za-z_]\w*)\s*(?=\()/g);
  return [...calls].flatMap((call) => {
    const word = call[1] ?? '';
    const known = FUNCTIONS.includes(word) || ['by', 'without', 'on', 'ignoring', 'ip'].includes(word);
    const right = known ? undefined : nearest(word, FUNCTIONS);
    return right
      ? [{ text: `Use ${right} instead of ${word}`, query: replaced(query, call.index, word.length, right) }]
      : [];
  });
}

/** A label that no stream has, asked for in the selector: it may be there once the line is parsed. */
function parsedLabels(query: string, hints: readonly string[]): Correction[] {
  const missing = hints.flatMap(
    (hint) => /no stream has label "([^"]+)"(?!; did you mean)/.exec(hint)?.[1] ?? [],
  );
  const selector = /\{([^}]*)\}/.exec(query);
  if (!selector) return [];
  return missing.flatMap((label) => {
    const matchers = (selector[1] ?? '').match(/[^,"`]*(?:"(?:[^"\\]|\\.)*"|`[^`]*`)/g) ?? [];
    const of = (matcher: string) => matcher.trim().split(/\s*[=!]/)[0];
    const moved = matchers.filter((matcher) => of(matcher) === label);
    if (moved.length === 0) return [];
    const left = matchers.filter((matcher) => of(matcher) !== label).map((matcher) => matcher.trim());
    const rest = left.length > 0 ? left.join(', ') : 'service_name=~".+"';
    const conditions = moved.map((matcher) => ` | ${matcher.trim()}`).join('');
    return PARSERS.map((parser) => ({
      text: `Parse the lines by ${parser}: ${label} is in the lines, no label of a stream`,
      query: replaced(query, selector.index, selector[0].length, `{${rest}} | ${parser}${conditions}`),
    }));
  });
}

/** A condition on a label that is there only behind a parser, in a query without one. */
function unparsedConditions(query: string): Correction[] {
  const bare = withoutTexts(query);
  if (/\|\s*(json|logfmt|pattern|regexp|unpack)\b/.test(bare)) return [];
  const condition = /\|\s*([A-Za-z_]\w*)\s*(?:=~|!~|!=|==|=|>=|<=|>|<)/.exec(bare);
  if (!condition) return [];
  return PARSERS.map((parser) => ({
    text: `Parse the lines by ${parser} before ${condition[1]} is asked for`,
    query: replaced(query, condition.index, 0, `| ${parser} `),
  }));
}
