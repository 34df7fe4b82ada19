/** What a waterfall shows: its view, what is searched (both stand in the address), what is folded and open. */
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { Trace } from '../../api/tempo';
import { withParams } from '../../state/url';
import { onlyMatching, type SpanFilter, testOf } from '../../trace/find';
import { type Row, visibleRows } from '../../trace/tree';
import { type View, viewOf, writtenView } from '../../trace/view';

export interface WaterfallState {
  view: View;
  zoom: (view: View) => void;
  filter: SpanFilter;
  setFilter: (filter: SpanFilter) => void;
  /** The other spans are left out. */
  only: boolean;
  setOnly: (only: boolean) => void;
  /** The ids of the spans that were searched; `undefined` while nothing is. */
  matches: ReadonlySet<string> | undefined;
  visible: Row[];
  closed: ReadonlySet<string>;
  setClosed: (change: (old: ReadonlySet<string>) => ReadonlySet<string>) => void;
}

const NOBODY: ReadonlySet<string> = new Set();

export function useWaterfall(trace: Trace, rows: readonly Row[]): WaterfallState {
  const [params, setParams] = useSearchParams();
  const total = trace.duration || 1;
  const [closed, setClosed] = useState(NOBODY);
  const text = params.get('find') ?? '';
  const service = params.get('service') ?? '';
  const errors = params.has('errors');
  const only = params.has('only');
  const filter = useMemo(() => ({ text, service, errors }), [text, service, errors]);
  const written = params.get('view') ?? undefined;
  const view = useMemo(() => viewOf(written, total), [written, total]);
  const matches = useMemo(() => {
    const test = testOf(filter);
    return test && new Set(trace.spans.filter(test).map(({ id }) => id));
  }, [trace, filter]);
  const visible = useMemo(() => {
    const shown = only && matches ? onlyMatching(rows, matches) : rows;
    return visibleRows(shown, closed);
  }, [rows, closed, only, matches]);
  const set = (changes: Parameters<typeof withParams>[1], replace: boolean) =>
    setParams((current) => withParams(current, changes), { replace });
  return {
    view,
    // The way back undoes a zoom, but not every letter of a search.
    zoom: (next) => set({ view: writtenView(next, total) }, false),
    filter,
    setFilter: (next) =>
      set(
        {
          find: next.text || undefined,
          service: next.service || undefined,
          errors: next.errors ? '1' : undefined,
        },
        true,
      ),
    only,
    setOnly: (next) => set({ only: next ? '1' : undefined }, true),
    matches,
    visible,
    closed,
    setClosed,
  };
}
