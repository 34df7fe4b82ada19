/**
 * Spans as bars over time: search, zoom, folding, critical path, a ruler, details and log lines in place. Only the rows
 * near the window are in the page, so that thousands of spans scroll as smoothly as ten.
 *
 * Keys on a bar: up and down walk, left folds (or goes to the parent), right unfolds, Enter opens the details.
 */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Trace } from '../../api/tempo';
import type { LogLine } from '../../lib/frame';
import { groupBy } from '../../lib/groupBy';
import { serviceColors } from '../../trace/serviceColor';
import { criticalPath, type Row } from '../../trace/tree';
import { around } from '../../trace/view';
import { Minimap } from './Minimap';
import { SpanDetails } from './SpanDetails';
import { SpanRow } from './SpanRow';
import { SpanSearch } from './SpanSearch';
import { useWaterfall } from './useWaterfall';
import { WaterfallHead } from './WaterfallHead';
import './Waterfall.css';

const ROW_HEIGHT = 26;

interface WaterfallProps {
  trace: Trace;
  rows: readonly Row[];
  lines: readonly LogLine[];
}

export function Waterfall({ trace, rows, lines }: WaterfallProps) {
  const total = trace.duration || 1;
  const state = useWaterfall(trace, rows);
  const { view, zoom, matches, visible, closed, setClosed } = state;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string>();
  const critical = useMemo(() => criticalPath(trace), [trace]);
  const colors = useMemo(() => serviceColors(rows.map(({ span }) => span.service)), [rows]);
  const byId = useMemo(() => new Map(trace.spans.map((span) => [span.id, span])), [trace]);
  const bySpan = useMemo(
    () => groupBy(lines, (line) => line.metadata.span_id ?? line.labels.span_id ?? ''),
    [lines],
  );
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY), []);
  const virtual = useWindowVirtualizer({
    count: visible.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 30,
    scrollMargin: top,
    getItemKey: (at) => visible[at]?.span.id ?? at,
  });
  const items = virtual.getVirtualItems();
  const before = (items[0]?.start ?? top) - top;
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? top) - top);

  /** Brings a row into sight, and makes it the one that the Tab key reaches. */
  const show = (at: number) => {
    const row = visible[Math.min(Math.max(at, 0), visible.length - 1)];
    if (!row) return undefined;
    setFocused(row.span.id);
    virtual.scrollToIndex(visible.indexOf(row), { align: 'center' });
    return row;
  };
  const go = (at: number) => {
    const row = show(at);
    if (!row) return;
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-span="${row.span.id}"] .span-bar-cell`)?.focus(),
    );
  };
  const found = visible.flatMap(({ span }, at) => (matches?.has(span.id) ? [at] : []));
  const at = visible.findIndex(({ span }) => span.id === focused);
  const step = (by: 1 | -1) => {
    const next =
      by > 0
        ? (found.find((one) => one > at) ?? found[0])
        : (found.findLast((one) => one < at) ?? found.at(-1));
    if (next !== undefined) show(next);
  };
  const onKeyDown = (event: KeyboardEvent, at: number) => {
    const row = visible[at];
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const { id, parentId } = row.span;
    const folds = row.descendants > 0;
    const actions: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(visible.length - 1),
      ArrowRight: () => setClosed((old) => without(old, id)),
      ArrowLeft: () =>
        folds && !closed.has(id)
          ? setClosed((old) => toggled(old, id))
          : go(visible.findIndex(({ span }) => span.id === parentId)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  return (
    <section className="waterfall" aria-label="Spans">
      <Minimap rows={rows} total={total} colors={colors} view={view} onZoom={zoom} />
      <SpanSearch {...state} services={[...colors.keys()]} place={found.indexOf(at) + 1} onStep={step} />
      <WaterfallHead
        view={view}
        total={total}
        onZoom={zoom}
        onExpand={() => setClosed(() => new Set())}
        onCollapse={() =>
          setClosed(() => {
            const parents = rows.filter(({ depth, descendants }) => depth > 0 && descendants > 0);
            return new Set(parents.map(({ span }) => span.id));
          })
        }
      />
      <ul ref={list} style={{ paddingTop: Math.max(before, 0), paddingBottom: Math.max(after, 0) }}>
        {items.map(({ index, key }) => {
          const row = visible[index];
          if (!row) return null;
          const { id } = row.span;
          const own = bySpan.get(id) ?? [];
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              className="span"
              data-index={index}
              data-span={id}
              data-span-name={row.span.name}
              data-critical={critical.has(id)}
              data-start={row.span.start}
              data-duration={row.span.duration}
            >
              <SpanRow
                row={row}
                view={view}
                matches={matches?.has(id)}
                color={colors.get(row.span.service) ?? 'var(--text-2)'}
                lines={own.length}
                folded={closed.has(id)}
                open={opened.has(id)}
                tabbable={(focused ?? visible[0]?.span.id) === id}
                onFold={() => setClosed((old) => toggled(old, id))}
                onOpen={() => {
                  setFocused(id);
                  setOpened((old) => toggled(old, id));
                }}
                onKeyDown={(event) => onKeyDown(event, index)}
              />
              {opened.has(id) && (
                <SpanDetails
                  trace={trace}
                  span={row.span}
                  byId={byId}
                  lines={own}
                  onZoom={() => zoom(around(row.span, total))}
                />
              )}
            </li>
          );
        })}
      </ul>
      <p className="waterfall-key muted">
        The line below a bar marks the critical path: what the whole request waited for. Arrow keys walk and
        collapse, Enter opens. Drag over the map above to zoom in.
      </p>
    </section>
  );
}

function toggled(old: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(old);
  if (!next.delete(id)) next.add(id);
  return next;
}

function without(old: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(old);
  next.delete(id);
  return next;
}
