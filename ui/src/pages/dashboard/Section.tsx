/** A row of a dashboard: a heading that opens and closes it, and its panels on Grafana's grid of 24 columns. */
import { useId } from 'react';
import { interpolate } from '../../dashboard/interpolate';
import type { PlacedPanel, Section as SectionModel } from '../../dashboard/model';
import { Panel, type PanelFrameProps } from '../../panels/Panel';

interface SectionProps extends Omit<PanelFrameProps, 'panel'> {
  section: SectionModel;
  open: boolean;
  onToggle: () => void;
}

export function Section({ section, open, onToggle, ...rest }: SectionProps) {
  const id = useId();
  return (
    <div className="dashboard-section">
      {section.title && (
        <h2>
          <button type="button" className="quiet" aria-expanded={open} aria-controls={id} onClick={onToggle}>
            <span aria-hidden="true">{open ? '▾' : '▸'}</span>{' '}
            {interpolate(section.title, { ...rest.scope, ...section.scopedVars }, 'text')}
          </button>
        </h2>
      )}
      {open && (
        <div className="dashboard-grid" id={id}>
          {section.panels.map((panel) => (
            <div key={panel.id} className="dashboard-cell" style={placeOf(panel)}>
              <Panel panel={panel} {...rest} />
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

/** The cell on the grid; narrow screens stack the cells in reading order, by the style sheet. */
function placeOf({ gridPos: { x, y, w, h } }: PlacedPanel): Record<string, string> {
  return { '--column': `${x + 1} / span ${w}`, '--row': `${y + 1} / span ${h}`, '--rows': String(h) };
}
