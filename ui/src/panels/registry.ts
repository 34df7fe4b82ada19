/** Which component draws which panel type. Types that nobody knows are shown as a table. */
import type { ComponentType } from 'react';
import { AbsentPanel } from './AbsentPanel';
import { AlertListPanel } from './alertlist/AlertListPanel';
import { AnnoListPanel } from './annolist/AnnoListPanel';
import { BarChartPanel } from './barchart/BarChartPanel';
import { BarGaugePanel } from './bargauge/BarGaugePanel';
import { DashListPanel } from './dashlist/DashListPanel';
import { GaugePanel } from './gauge/GaugePanel';
import { HeatmapPanel } from './heatmap/HeatmapPanel';
import { HistogramPanel } from './histogram/HistogramPanel';
import { LogsPanel } from './logs/LogsPanel';
import { PieChartPanel } from './piechart/PieChartPanel';
import type { PanelProps } from './props';
import { StatPanel } from './stat/StatPanel';
import { StateTimelinePanel } from './statetimeline/StateTimelinePanel';
import { TablePanel } from './table/TablePanel';
import { TextPanel } from './text/TextPanel';
import { TimeSeriesPanel } from './timeseries/TimeSeriesPanel';
import { TracesPanel } from './traces/TracesPanel';

/** A panel type: its component, and what makes it empty. */
export interface PanelType {
  component: ComponentType<PanelProps>;
  /** What the panel draws; without it the panel is empty and says why. */
  needs: 'frames' | 'lines' | 'traces' | 'nothing';
}

export const PANELS: Readonly<Record<string, PanelType>> = {
  timeseries: { component: TimeSeriesPanel, needs: 'frames' },
  stat: { component: StatPanel, needs: 'frames' },
  gauge: { component: GaugePanel, needs: 'frames' },
  bargauge: { component: BarGaugePanel, needs: 'frames' },
  piechart: { component: PieChartPanel, needs: 'frames' },
  table: { component: TablePanel, needs: 'frames' },
  logs: { component: LogsPanel, needs: 'lines' },
  heatmap: { component: HeatmapPanel, needs: 'frames' },
  histogram: { component: HistogramPanel, needs: 'frames' },
  'state-timeline': { component: StateTimelinePanel, needs: 'frames' },
  'status-history': { component: StateTimelinePanel, needs: 'frames' },
  barchart: { component: BarChartPanel, needs: 'frames' },
  traces: { component: TracesPanel, needs: 'traces' },
  dashlist: { component: DashListPanel, needs: 'nothing' },
  news: { component: AbsentPanel, needs: 'nothing' },
  alertlist: { component: AlertListPanel, needs: 'nothing' },
  annolist: { component: AnnoListPanel, needs: 'nothing' },
  welcome: { component: AbsentPanel, needs: 'nothing' },
  'library-panel': { component: AbsentPanel, needs: 'nothing' },
  text: { component: TextPanel, needs: 'nothing' },
};
