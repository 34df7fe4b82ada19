/** The layouts of the second schema as panels on one grid: rows stay rows, tabs become rows under their titles. Pure. */
import type { PanelJson } from '../../../lib/dashboardJson';
import type { ItemV2, LayoutV2, Part, Repeat } from './schema';

/** The panel of an element, without its place. */
export type Elements = (name: string) => PanelJson | undefined;

const COLUMNS = 24;
/** Rows of the grid by the heights that an automatic grid has a word for. */
const HEIGHTS: Readonly<Record<string, number>> = { short: 5, standard: 9, tall: 14 };
/** Pixels of a row of the grid. */
const ROW = 38;

/** Puts everything below `top`; titles of the layouts around stand before those inside. */
export function placed(
  layout: Part<LayoutV2> | undefined,
  elements: Elements,
  top = 0,
  around: readonly string[] = [],
): PanelJson[] {
  const spec = layout?.spec ?? {};
  const sections = spec.rows ?? spec.tabs;
  if (!sections) {
    const make = layout?.kind === 'AutoGridLayout' ? automatic : fixed;
    return make(spec, elements, top);
  }
  const panels: PanelJson[] = [];
  for (const { spec: section } of sections) {
    const titles = [...around, section.title ?? ''].filter(Boolean);
    const y = bottomOf(panels, top);
    const inside = placed(section.layout, elements, y + 1, titles);
    // Sections that hold sections of their own have a heading only through those.
    const nested = inside[0]?.type === 'row';
    if (!nested) panels.push(rowAt(y, titles.join(' / '), section.collapse, section.repeat, inside));
    if (nested || !section.collapse) panels.push(...inside);
  }
  return panels;
}

function rowAt(
  y: number,
  title: string,
  collapsed: boolean | undefined,
  repeat: Repeat | undefined,
  inside: PanelJson[],
): PanelJson {
  return {
    type: 'row',
    title,
    collapsed: collapsed ?? false,
    gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    ...(repeat?.value && { repeat: repeat.value }),
    ...(collapsed && { panels: inside }),
  };
}

function fixed({ items = [] }: LayoutV2, elements: Elements, top: number): PanelJson[] {
  return items.flatMap(({ spec }): PanelJson[] => {
    const { x = 0, y = 0, width = 12, height = 8 } = spec;
    if (spec.elements) {
      const inside = fixed({ items: spec.elements }, elements, top + y + 1);
      const row = rowAt(top + y, spec.title ?? '', spec.collapsed, spec.repeat, inside);
      return spec.collapsed ? [row] : [row, ...inside];
    }
    return one(spec, elements, { x, y: top + y, w: width, h: height });
  });
}

function automatic(
  { items = [], maxColumnCount = 3, rowHeightMode = 'standard', rowHeight = 320 }: LayoutV2,
  elements: Elements,
  top: number,
): PanelJson[] {
  const columns = Math.min(Math.max(1, Math.min(maxColumnCount, items.length)), COLUMNS);
  const w = Math.floor(COLUMNS / columns);
  const h = HEIGHTS[rowHeightMode] ?? Math.max(2, Math.round(rowHeight / ROW));
  return items.flatMap(({ spec }, at) => {
    const place = { x: (at % columns) * w, y: top + Math.floor(at / columns) * h, w, h };
    return one(spec, elements, place);
  });
}

function one(
  { element, repeat }: ItemV2,
  elements: Elements,
  gridPos: NonNullable<PanelJson['gridPos']>,
): PanelJson[] {
  const panel = element && elements(element.name);
  if (!panel) return [];
  const { value, direction, maxPerRow } = repeat ?? {};
  return [
    {
      ...panel,
      gridPos,
      ...(value && { repeat: value }),
      ...(direction && { repeatDirection: direction }),
      ...(maxPerRow && { maxPerRow }),
    },
  ];
}

function bottomOf(panels: readonly PanelJson[], top: number): number {
  return Math.max(top, ...panels.map(({ gridPos }) => (gridPos?.y ?? 0) + (gridPos?.h ?? 0)));
}
