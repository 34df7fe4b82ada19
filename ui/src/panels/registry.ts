/** Which component draws which panel type. Types that nobody knows are shown as a table. */
import type { ComponentType } from 'react';
import { BarGaugePanel } from './bargauge/BarGaugePanel';
import { GaugePanel } from './gauge/GaugePanel';
import { LogsPanel } from './logs/LogsPanel';
import { PieChartPanel } from './piechart/PieChartPanel';
import type { PanelProps } from './props';
import { StatPanel } from './stat/StatPanel';
import { TablePanel } from './table/TablePanel';
import { TextPanel } from './text/TextPanel';
import { TimeSeriesPanel } from './timeseries/TimeSeriesPanel';

/** A panel type: its component, and what makes it empty. */
export interface PanelType {
  component: ComponentType<PanelProps>;
  /** What the panel draws; without it the panel is empty and says why. */
  needs: 'frames' | 'lines' | 'traces' | 'nothing';
}

export const PANELS: Readonly<Record<string, PanelType>> = {
  timeseries: { component: TimeSeriesPanel, needs: 'frames' },
  graph: { component: TimeSeriesPanel, needs: 'frames' },
  stat: { component: StatPanel, needs: 'frames' },
  singlestat: { component: StatPanel, needs: 'frames' },
  gauge: { component: GaugePanel, needs: 'frames' },
  bargauge: { component: BarGaugePanel, needs: 'frames' },
  piechart: { component: PieChartPanel, needs: 'frames' },
  table: { component: TablePanel, needs: 'frames' },
  logs: { component: LogsPanel, needs: 'lines' },
  text: { component: TextPanel, needs: 'nothing' },
};
