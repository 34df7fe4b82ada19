/** The commonest mistakes in PromQL. Pure. */
import { type Correction, offsetOf, placeOf, replaced, type Said, withoutTexts } from './correction';
import { nearest } from './nearest';

/** What is used of a gauge instead of a function for counters. */
const OF_GAUGES: Readonly<Record<string, string>> = { rate: 'deriv', irate: 'deriv', increase: 'delta' };
/** Ranges to try where one is too short for two samples, in the order in which they are tried. */
const RANGES = ['1m', '5m'];
const NAMES =
  'sum min max avg count group stddev stdvar topk bottomk count_values quantile limitk limit_ratio abs absent absent_over_time avg_over_time ceil changes clamp clamp_max clamp_min count_over_time day_of_month day_of_week day_of_year days_in_month delta deriv double_exponential_smoothing exp floor histogram_avg histogram_count histogram_fraction histogram_quantile histogram_stddev histogram_stdvar histogram_sum hour idelta increase info irate label_join label_replace last_over_time ln log10 log2 mad_over_time max_over_time min_over_time minute month pi predict_linear present_over_time quantile_over_time rate resets round scalar sgn sort sort_by_label sort_by_label_desc sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time time timestamp vector year'.split(
    ' ',
  );

export function ofPromQl(query: string, said: Said): Correction[] {
  return [...ofError(query, said.error ?? ''), ...said.hints.flatMap((hint) => ofHint(query, hint))];
}

function ofError(query: string, error: string): Correction[] {
  const unknown = /unknown function with name "([^"]+)"/.exec(error)?.[1];
  if (unknown) {
    const right = nearest(unknown, NAMES);
    const at = placeOf(query, unknown);
    return right && at >= 0
      ? [{ text: `Use ${right} instead of ${unknown}`, query: replaced(query, at, unknown.length, right) }]
      : [];
  }
  const needing = /expected type range vector in call to function "([^"]+)", got instant vector/.exec(
    error,
  )?.[1];
  if (needing) return withRange(query, needing);
  if (error.includes('unclosed left parenthesis')) {
    const bare = withoutTexts(query);
    const missing = bare.split('(').length - bare.split(')').length;
    return missing > 0
      ? [{ text: 'Close the parenthesis', query: query.trimEnd() + ')'.repeat(missing) }]
      : [];
  }
  return [];
}

/** Gives the selector in a call of this function a range. */
function withRange(query: string, name: string): Correction[] {
  const call = new RegExp(`(?<![\\w:])${name}\\s*\\(\\s*([A-Za-z_:][\\w:]*)?\\s*(\\{[^}]*\\})?\\s*(?=\\))`);
  const found = call.exec(query);
  if (!found || !(found[1] || found[2])) return [];
  const end = found.index + found[0].trimEnd().length;
  return [{ text: `Give ${name} a range of 5m`, query: replaced(query, end, 0, '[5m]') }];
}

function ofHint(query: string, hint: string): Correction[] {
  const at = offsetOf(query, hint);
  if (/ is a gauge by its metadata/.test(hint)) {
    const call = /(?<![\w:])(rate|irate|increase)(\s*\(\s*)$/.exec(query.slice(0, at));
    const name = call?.[1];
    const right = name && OF_GAUGES[name];
    return call && right
      ? [
          {
            text: `Use ${right} instead of ${name} for a gauge`,
            query: replaced(query, call.index, name.length, right),
          },
        ]
      : [];
  }
  if (/needs two samples, but a range of \S+ holds only one|has samples, but none within the /.test(hint)) {
    const range = /\[[^\]:]+(?=[\]:])/.exec(query.slice(at));
    if (!range) return [];
    return RANGES.map((wide) => ({
      text: `Widen the range to ${wide}`,
      query: replaced(query, at + range.index, range[0].length, `[${wide}`),
    }));
  }
  return [];
}
