/** The whole trace at a glance: one thin line a span. */
import type { Row } from '../../trace/tree';

const HEIGHT = 48;
/** A line is no thicker than this, however few spans there are. */
const THICKEST = 4;
/** More lines than pixels would be drawn over each other. */
const MOST = 400;

interface MinimapProps {
  rows: readonly Row[];
  total: number;
  colors: ReadonlyMap<string, string>;
}

export function Minimap({ rows, total, colors }: MinimapProps) {
  const every = Math.ceil(rows.length / MOST);
  const drawn = rows.filter((_, at) => at % every === 0);
  const step = Math.min(HEIGHT / Math.max(drawn.length, 1), THICKEST);
  const height = Math.max(step * drawn.length, 8);
  return (
    <svg
      className="minimap"
      viewBox={`0 0 1000 ${height}`}
      style={{ height }}
      preserveAspectRatio="none"
      aria-hidden="true"
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
    </svg>
  );
}
