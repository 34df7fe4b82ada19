/** What can be linked lives in the URL: time range, refresh, variables, the panel in full view. */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type { RawRange } from '../lib/timeRange';

/**
 * One parameter of the address; `undefined` removes it. A change by `push` is undone by the browser's way back, one by
 * `replace` is not.
 */
export function useUrlParam(
  name: string,
  change: 'push' | 'replace' = 'replace',
): [string | undefined, (value: string | undefined) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string | undefined) =>
      setParams((current) => withParams(current, { [name]: value }), { replace: change === 'replace' }),
    [name, change, setParams],
  );
  return [params.get(name) ?? undefined, set];
}

/** `from` and `to`, with what the dashboard or the page proposes in their absence. */
export function useUrlRange(standard: RawRange): [RawRange, (range: RawRange) => void] {
  const [params, setParams] = useSearchParams();
  const from = params.get('from') ?? standard.from;
  const to = params.get('to') ?? standard.to;
  const range = useMemo(() => ({ from, to }), [from, to]);
  const set = useCallback(
    // The same range again is no step of the way back.
    (next: RawRange) =>
      setParams((current) => withParams(current, { ...next }), {
        replace: next.from === from && next.to === to,
      }),
    [setParams, from, to],
  );
  return [range, set];
}

type Changes = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Copies the parameters with some of them changed. */
export function withParams(params: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    for (const one of values) next.append(name, one);
  }
  return next;
}
