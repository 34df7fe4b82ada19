/** Panels that show the answers of another panel's queries (data source `-- Dashboard --`) get these queries. Pure. */
import type { DashboardJson, PanelJson, TargetJson } from '../../lib/dashboardJson';
import { dataSourceUid } from '../model';

const SOURCE = '-- Dashboard --';

/** One that names no panel of the dashboard stays as it is, and says so in its place. */
export function withShared(dashboard: DashboardJson): DashboardJson {
  const { panels } = dashboard;
  if (!panels) return dashboard;
  const all = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const byId = new Map(all.map((panel) => [panel.id, panel]));
  const share = (panel: PanelJson): PanelJson => ({
    ...panel,
    ...(panel.targets && { targets: panel.targets.flatMap((target) => sharedBy(target, panel, byId)) }),
    ...(panel.panels && { panels: panel.panels.map(share) }),
  });
  return { ...dashboard, panels: panels.map(share) };
}

function sharedBy(
  target: TargetJson,
  panel: PanelJson,
  byId: ReadonlyMap<number | undefined, PanelJson>,
): TargetJson[] {
  if (dataSourceUid(target.datasource ?? panel.datasource) !== SOURCE) return [target];
  const other = target.panelId === undefined ? undefined : byId.get(target.panelId);
  if (!other || other === panel) return [target];
  return (other.targets ?? []).map((one) => ({
    ...one,
    datasource: one.datasource ?? other.datasource ?? null,
  }));
}
