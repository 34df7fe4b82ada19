/** A dashboard as the page lays it out: its panels, placed in sections. */
import type { DashboardJson, DataSourceRef, GridPos, PanelJson } from '../lib/dashboardJson';
import type { Scope } from './interpolate';

/** A row with what stands under it; panels before the first row stand under one without a title. */
export interface Section {
  id: number;
  title: string;
  collapsed: boolean;
  /** The variable for whose values the row is repeated. */
  repeat?: string | undefined;
  panels: PlacedPanel[];
  /** In a copy: the value that it stands for. */
  scopedVars?: Scope;
}

/** A panel whose id and place are known. */
export interface PlacedPanel extends PanelJson {
  id: number;
  gridPos: GridPos;
  /** In a copy: the value that it stands for. */
  scopedVars?: Scope;
}

/** What is added to an id that another panel has already. */
const DOUBLE = 1_000_000;

const DEFAULT_POS: GridPos = { x: 0, y: 0, w: 12, h: 8 };

/** Puts a dashboard's panels under their rows, in reading order, whichever age its JSON has. */
export function sections(dashboard: DashboardJson): Section[] {
  const panels = dashboard.panels?.length ? dashboard.panels : fromRows(dashboard);
  const taken = new Set<number>();
  const place = (panel: PanelJson, fallback: number): PlacedPanel => {
    // Generated dashboards give several panels one id; links and tests need it to be one panel's own.
    let id = panel.id ?? fallback;
    while (taken.has(id)) id += DOUBLE;
    taken.add(id);
    return { ...panel, id, gridPos: { ...DEFAULT_POS, ...panel.gridPos } };
  };
  const ordered = panels.map((panel, at) => place(panel, at + 1)).sort(byPlace);
  const result: Section[] = [];
  for (const panel of ordered) {
    if (panel.type === 'row') {
      const inside = (panel.panels ?? []).map((one, at) => place(one, panel.id * 1000 + at));
      result.push({
        id: panel.id,
        title: panel.title ?? '',
        collapsed: panel.collapsed ?? false,
        repeat: panel.repeat,
        panels: inside.sort(byPlace),
      });
      continue;
    }
    let section = result.at(-1);
    if (!section) {
      section = { id: 0, title: '', collapsed: false, panels: [] };
      result.push(section);
    }
    section.panels.push(panel);
  }
  return result;
}

/** Every panel that draws something, those in collapsed rows too. */
export function allPanels(dashboard: DashboardJson): PlacedPanel[] {
  return sections(dashboard).flatMap((section) => section.panels);
}

/** The uid of a data source reference; old dashboards name it, new ones carry an object. */
export function dataSourceUid(reference: DataSourceRef | undefined): string | undefined {
  if (typeof reference === 'string') return reference;
  return reference?.uid ?? reference?.type ?? undefined;
}

function byPlace(a: PlacedPanel, b: PlacedPanel): number {
  return a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x;
}

/** Lays out the rows of dashboards before Grafana 5: twelve columns, heights in pixels. */
function fromRows(dashboard: DashboardJson): PanelJson[] {
  let y = 0;
  return (dashboard.rows ?? []).flatMap((row, at) => {
    const h = Math.max(3, Math.round((Number.parseInt(String(row.height ?? 250), 10) || 250) / 38));
    const header: PanelJson = {
      id: 100_000 + at,
      type: 'row',
      title: row.title ?? '',
      gridPos: { x: 0, y, w: 24, h: 1 },
    };
    let x = 0;
    y += 1;
    const panels = (row.panels ?? []).map((panel) => {
      const w = (panel.span ?? 12) * 2;
      if (x + w > 24) {
        x = 0;
        y += h;
      }
      const placed = { ...panel, gridPos: { x, y, w, h } };
      x += w;
      return placed;
    });
    y += h;
    return row.collapse ? [{ ...header, collapsed: true, panels }] : [header, ...panels];
  });
}
