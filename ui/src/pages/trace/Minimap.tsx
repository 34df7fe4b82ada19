/** The whole trace at a glance: one thin line a span. Dragging over it zooms the waterfall to that time. */
import { type PointerEvent, useState } from 'react';
import type { Row } from '../../trace/tree';
import type { View } from '../../trace/view';

const HEIGHT = 48;
/** A line is no thicker than this, however few spans there are. */
const THICKEST = 4;
/** More lines than pixels would be drawn over each other. */
const MOST = 400;
/** A map of few spans is still high enough to be dragged over. */
const LEAST = 20;
/** A shorter drag is a click, as a share of the width. */
const CLICK = 0.004;

interface MinimapProps {
  rows: readonly Row[];
  total: number;
  colors: ReadonlyMap<string, string>;
  view: View;
  onZoom: (view: View) => void;
}

export function Minimap({ rows, total, colors, view, onZoom }: MinimapProps) {
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const every = Math.ceil(rows.length / MOST);
  const drawn = rows.filter((_, at) => at % every === 0);
  const step = Math.min(HEIGHT / Math.max(drawn.length, 1), THICKEST);
  const height = Math.max(step * drawn.length, LEAST);
  const shareOf = ({ clientX, currentTarget }: PointerEvent<SVGSVGElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.min(Math.max((clientX - left) / width, 0), 1);
  };
  const done = () => {
    setDrag(undefined);
    if (!drag) return;
    const [low, high] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    // A click shows the whole trace again.
    onZoom(high - low < CLICK ? { from: 0, to: total } : { from: low * total, to: high * total });
  };
  const shown = drag
    ? { from: Math.min(drag.from, drag.to) * total, to: Math.max(drag.from, drag.to) * total }
    : view;
  const [left, right] = [(shown.from / total) * 1000, (shown.to / total) * 1000];
  return (
    <svg
      className="minimap"
      viewBox={`0 0 1000 ${height}`}
      style={{ height }}
      preserveAspectRatio="none"
      role="img"
      aria-label="The whole trace; drag over it to zoom in, click to see all of it again"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const share = shareOf(event);
        setDrag({ from: share, to: share });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: shareOf(event) })}
      onPointerUp={done}
      onPointerCancel={() => setDrag(undefined)}
    >
      {drawn.map(({ span }, at) => (
        <rect
          key={span.id}
          x={(span.start / total) * 1000}
          y={at * step}
          width={Math.max((span.duration / total) * 1000, 1)}
          height={Math.max(step * 0.6, 0.6)}
          fill={span.error ? 'var(--bad)' : colors.get(span.service)}
        />
      ))}
      <rect className="minimap-outside" x={0} y={0} width={left} height={height} />
      <rect className="minimap-outside" x={right} y={0} width={1000 - right} height={height} />
    </svg>
  );
}
