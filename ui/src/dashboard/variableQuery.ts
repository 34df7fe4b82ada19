/**
 * Queries of template variables, after Grafana's documentation:
 * Prometheus `label_names()`, `label_values([selector,] label)`, `metrics(regex)`, `query_result(promql)`;
 * Loki `label_names()`, `label_values([selector,] label)`. Any other text is a metric query, as `query_result`.
 */
export type VariableQuery =
  | { kind: 'names'; selector?: string }
  | { kind: 'values'; label: string; selector?: string }
  | { kind: 'metrics'; pattern: string }
  | { kind: 'result'; expr: string };

/** Reads the query of a variable: text, or one of the objects that Grafana's editors store. */
export function parseVariableQuery(query: unknown): VariableQuery {
  if (typeof query === 'object' && query !== null) return fromObject(query as Record<string, unknown>);
  const text = String(query ?? '').trim();
  const call = /^(label_names|label_values|metrics|query_result)\s*\(([\s\S]*)\)$/.exec(text);
  const inside = call?.[2]?.trim() ?? '';
  switch (call?.[1]) {
    case 'label_names':
      return { kind: 'names', ...(inside && { selector: inside }) };
    case 'label_values': {
      const comma = inside.lastIndexOf(',');
      // A comma within braces belongs to the selector; the label is what stands behind the last one outside.
      const split = comma > inside.lastIndexOf('}') ? comma : -1;
      const selector = split < 0 ? '' : inside.slice(0, split).trim();
      return { kind: 'values', label: inside.slice(split + 1).trim(), ...(selector && { selector }) };
    }
    case 'metrics':
      return { kind: 'metrics', pattern: inside || '.*' };
    default:
      return { kind: 'result', expr: call ? inside : text };
  }
}

/** Loki's editor stores `{label, stream, type}`; Prometheus' stores `{query, refId}`. */
function fromObject(query: Record<string, unknown>): VariableQuery {
  if (typeof query.label === 'string' && query.query === undefined) {
    const selector = typeof query.stream === 'string' && query.stream !== '' ? query.stream : undefined;
    return query.type === 0 || query.label === ''
      ? { kind: 'names' }
      : { kind: 'values', label: query.label, ...(selector && { selector }) };
  }
  return parseVariableQuery(query.query ?? query.expr);
}
