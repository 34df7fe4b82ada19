/** The pie chart that was a plug-in before Grafana had its own. */
import type { OverrideJson, PanelJson } from '../../lib/dashboardJson';
import { VALUE_NAMES } from './singlestat';

interface OldPie extends PanelJson {
  format?: string;
  valueName?: string;
  pieType?: string;
  aliasColors?: Record<string, string>;
  legend?: { show?: boolean; values?: boolean; percentage?: boolean };
}

export function fromPie(old: PanelJson): PanelJson {
  const { format = 'short', valueName = 'current', pieType, aliasColors, legend } = old as OldPie;
  const overrides = Object.entries(aliasColors ?? {}).map(
    ([name, fixedColor]): OverrideJson => ({
      matcher: { id: 'byName', options: name },
      properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
    }),
  );
  const shown = [legend?.values && 'value', legend?.percentage && 'percent'].filter(Boolean);
  return {
    ...old,
    type: 'piechart',
    fieldConfig: { defaults: { unit: format }, overrides },
    options: {
      pieType: pieType === 'donut' ? 'donut' : 'pie',
      reduceOptions: { calcs: [VALUE_NAMES[valueName] ?? valueName] },
      legend: { showLegend: legend?.show !== false, values: shown },
    },
  };
}
