/** What every panel component is given. */

import type { Mark } from '../dashboard/annotations';
import type { Scope } from '../dashboard/interpolate';
import type { PlacedPanel } from '../dashboard/model';
import type { PanelData } from '../dashboard/queries';
import type { TimeRange } from '../lib/timeRange';

export interface PanelProps {
  panel: PlacedPanel;
  /** Transformed frames, lines and traces; never empty for what the panel type needs. */
  data: PanelData;
  range: TimeRange;
  /** All variables, with those that follow from the range. */
  scope: Scope;
  /** The distance of the points that were asked for, in milliseconds. */
  step: number;
  /** Width and height of the drawing area in CSS pixels. */
  width: number;
  height: number;
  /** The dashboard's annotations. */
  marks: readonly Mark[];
  /** Zooms the whole page to a range, as dragging over a graph does. */
  onZoom: (range: TimeRange) => void;
}
