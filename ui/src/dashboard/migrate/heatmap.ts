/** The heatmap of Grafana 8 and before, which kept its settings beside its options. */
import type { PanelJson } from '../../lib/dashboardJson';

interface OldHeatmap extends PanelJson {
  dataFormat?: string;
  yAxis?: { format?: string; decimals?: number | null };
  color?: { exponent?: number; mode?: string };
}

export function fromHeatmap(old: PanelJson): PanelJson {
  const { dataFormat, yAxis, color } = old as OldHeatmap;
  if (dataFormat === undefined) return old;
  return {
    ...old,
    options: {
      calculate: dataFormat !== 'tsbuckets',
      yAxis: {
        unit: yAxis?.format,
        ...(typeof yAxis?.decimals === 'number' && { decimals: yAxis.decimals }),
      },
      ...(color?.exponent && { color: { exponent: color.exponent } }),
    },
  };
}
