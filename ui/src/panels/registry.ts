/** Which component draws which panel type. Types that nobody knows are shown as a table. */
import type { ComponentType } from 'react';
import type { PanelProps } from './props';
import { StatPanel } from './stat/StatPanel';
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
  text: { component: TextPanel, needs: 'nothing' },
};
