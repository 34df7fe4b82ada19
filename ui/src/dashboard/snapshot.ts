/** What the panels of a snapshot showed, in the shapes that panels are given. Pure. */
import type { PanelJson, SnapshotFrame } from '../lib/dashboardJson';
import type { Field, Frame, LogLine } from '../lib/frame';

/** Names that the columns with the lines of logs have. */
const LINES = ['Line', 'line', 'body'];

/** The frames and lines that a panel of a snapshot keeps; `undefined` for a panel that asks. */
export function keptOf(panel: PanelJson): { frames: Frame[]; lines: LogLine[] } | undefined {
  if (!Array.isArray(panel.snapshotData)) return undefined;
  const frames = panel.snapshotData.map(toFrame);
  return panel.type === 'logs' ? { frames: [], lines: frames.flatMap(toLines) } : { frames, lines: [] };
}

function toFrame({ refId = 'A', name = '', fields = [] }: SnapshotFrame): Frame {
  return {
    refId,
    name,
    fields: fields.map(({ name: column = '', type, labels, values = [] }): Field => {
      const kind = type === 'time' || type === 'number' ? type : 'string';
      const shown = values.map((value) => toValue(value, kind));
      return { name: column, type: kind, values: shown, ...(labels && { labels }) };
    }),
  };
}

function toValue(value: unknown, kind: Field['type']): number | string | null {
  if (value === null || value === undefined) return null;
  if (kind === 'string') return typeof value === 'string' ? value : JSON.stringify(value);
  const number = typeof value === 'number' ? value : Number(value);
  return Number.isNaN(number) ? null : number;
}

function toLines({ fields }: Frame): LogLine[] {
  const times = fields.find(({ type }) => type === 'time')?.values ?? [];
  const lines = fields.find(({ name }) => LINES.includes(name))?.values ?? [];
  return lines.map((line, at) => ({
    timestamp: String(BigInt(Math.round(Number(times[at] ?? 0))) * 1_000_000n),
    line: String(line ?? ''),
    labels: {},
    metadata: {},
  }));
}
