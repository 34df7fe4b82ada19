/** Panels and rows that stand once for each value of a variable. */
import type { Scope } from './interpolate';
import type { PlacedPanel, Section } from './model';

/** Copies rows and panels that name a variable in `repeat`; copies share the width, or stand below each other. */
export function repeat(sections: readonly Section[], scope: Scope): Section[] {
  return sections.flatMap((section) => {
    const values = section.repeat ? scope[section.repeat]?.values : undefined;
    if (!section.repeat || !values) return [withPanels(section, scope)];
    const name = section.repeat;
    return values.map((value, at) => {
      const own = { [name]: { values: [value] } };
      const panels = section.panels.map((panel) => ({
        ...panel,
        id: at === 0 ? panel.id : panel.id + 10_000_000 * at,
        scopedVars: { ...panel.scopedVars, ...own },
      }));
      const id = at === 0 ? section.id : section.id + 10_000_000 * at;
      return withPanels({ ...section, id, panels, scopedVars: own }, { ...scope, ...own });
    });
  });
}

function withPanels(section: Section, scope: Scope): Section {
  let shift = 0;
  const panels = section.panels.flatMap((panel): PlacedPanel[] => {
    const moved = { ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + shift } };
    const values = panel.repeat ? scope[panel.repeat]?.values : undefined;
    if (!panel.repeat || !values || values.length === 0) return [moved];
    const copies = copiesOf(moved, panel.repeat, values);
    const last = copies.at(-1);
    if (last) shift += last.gridPos.y - moved.gridPos.y;
    return copies;
  });
  return { ...section, panels };
}

function copiesOf(panel: PlacedPanel, name: string, values: readonly string[]): PlacedPanel[] {
  const { x, y, w, h } = panel.gridPos;
  const perRow = Math.max(1, Math.min(panel.maxPerRow ?? 4, values.length));
  const width = Math.floor(24 / perRow);
  return values.map((value, at) => ({
    ...panel,
    id: at === 0 ? panel.id : panel.id + 100_000 * at,
    scopedVars: { ...panel.scopedVars, [name]: { values: [value] } },
    gridPos:
      panel.repeatDirection === 'v'
        ? { x, y: y + at * h, w, h }
        : { x: (at % perRow) * width, y: y + Math.floor(at / perRow) * h, w: width, h },
  }));
}
