/** The grid as Grafana lays it out: every panel moves up as far as nothing is in its way. */
import type { GridPos } from '../lib/dashboardJson';
import type { PlacedPanel } from './model';

/** Closes the gaps that stored places have, rows counted from zero; the order of reading stays. */
export function compact(panels: readonly PlacedPanel[]): PlacedPanel[] {
  const placed: GridPos[] = [];
  const ordered = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  return ordered.map((panel) => {
    const { x, w, h } = panel.gridPos;
    const ends = placed.filter((other) => other.x < x + w && x < other.x + other.w);
    const y = Math.max(0, ...ends.map((other) => other.y + other.h));
    const gridPos = { x, y, w, h };
    placed.push(gridPos);
    return { ...panel, gridPos };
  });
}
