/** Native histograms: which values occurred how often, their percentiles, and the buckets of the latest. */
import { useMemo } from 'react';
import type { LabeledHistogram } from '../../api/prometheus';
import type { PlacedPanel } from '../../dashboard/model';
import { labelsText } from '../../lib/frame';
import { bucketsOfHistogram, type HistogramJson } from '../../lib/nativeHistogram';
import { formatValue } from '../../lib/units';
import { Panel } from '../../panels/Panel';
import { NO_VARIABLES, PROMETHEUS, type ResultProps } from './result';

/** More histograms are no longer read. */
const MOST_HISTOGRAMS = 20;
const QUANTILES = [0.5, 0.9, 0.99];

interface HistogramsResultProps extends Pick<ResultProps, 'query' | 'range' | 'onZoom'> {
  histograms: readonly LabeledHistogram[];
}

export function HistogramsResult({ query, range, onZoom, histograms }: HistogramsResultProps) {
  const panels = useMemo(() => [heatmapOf(query), percentilesOf(query)], [query]);
  return (
    <>
      {panels.map((panel) => (
        <div key={panel.id} className="explore-graph">
          <Panel panel={panel} range={range} scope={NO_VARIABLES} sources={PROMETHEUS} onZoom={onZoom} />
        </div>
      ))}
      {histograms.slice(0, MOST_HISTOGRAMS).map(({ labels, histogram }) => (
        <Buckets key={labelsText(labels)} name={labelsText(labels)} histogram={histogram} />
      ))}
      {histograms.length > MOST_HISTOGRAMS && (
        <p className="muted">
          {MOST_HISTOGRAMS} of {histograms.length} histograms
        </p>
      )}
    </>
  );
}

function Buckets({ name, histogram }: { name: string; histogram: HistogramJson }) {
  const buckets = bucketsOfHistogram(histogram);
  const count = Number(histogram.count);
  const share = (part: number) => (count > 0 ? formatValue(part / count, 'percentunit') : '');
  return (
    <div className="explore-lines explore-table">
      <table>
        <caption>
          Buckets of {name}: count {formatValue(count, 'short')}, sum{' '}
          {formatValue(Number(histogram.sum), 'short')}
        </caption>
        <thead>
          <tr>
            <th scope="col">Bucket</th>
            <th scope="col" className="number">
              Count
            </th>
            <th scope="col" className="number">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket) => (
            <tr key={bucket.bounds}>
              <td>{bucket.bounds}</td>
              <td className="number">{formatValue(bucket.count, 'short')}</td>
              <td className="number">{share(bucket.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** One heatmap of all histograms together. */
function heatmapOf(query: string): PlacedPanel {
  return {
    id: 1,
    type: 'heatmap',
    title: 'Heatmap',
    gridPos: { x: 0, y: 0, w: 24, h: 10 },
    targets: [{ refId: 'A', expr: `sum(${query})`, format: 'heatmap' }],
    options: { yAxis: { unit: 'short' } },
  };
}

function percentilesOf(query: string): PlacedPanel {
  const custom = { drawStyle: 'line', lineWidth: 1, fillOpacity: 6, showPoints: 'never' };
  return {
    id: 2,
    type: 'timeseries',
    title: 'Percentiles',
    gridPos: { x: 0, y: 10, w: 24, h: 8 },
    targets: QUANTILES.map((quantile, at) => ({
      refId: String.fromCharCode(65 + at),
      expr: `histogram_quantile(${quantile}, sum(${query}))`,
      legendFormat: `P${quantile * 100}`,
    })),
    fieldConfig: { defaults: { unit: 'short', custom } },
    options: { legend: { displayMode: 'list', placement: 'bottom' } },
  };
}
