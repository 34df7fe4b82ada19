/** Series, lines and traces as tables, for panels that draw tables and for downloads. */

import type { TraceSummary } from '../api/tempo';
import type { Field, Frame, LogLine } from '../lib/frame';

export function linesTable(lines: readonly LogLine[]): Frame {
  return table('Lines', [
    ['Time', 'time', lines.map(({ timestamp }) => Number(BigInt(timestamp) / 1_000_000n))],
    ['Line', 'string', lines.map(({ line }) => line)],
    ['Labels', 'string', lines.map(({ labels }) => JSON.stringify(labels))],
  ]);
}

export function tracesTable(traces: readonly TraceSummary[]): Frame {
  return table('Traces', [
    ['Start', 'time', traces.map(({ startTimeUnixNano }) => Number(startTimeUnixNano) / 1e6)],
    ['Trace', 'string', traces.map(({ traceID }) => traceID)],
    ['Service', 'string', traces.map(({ rootServiceName }) => rootServiceName)],
    ['Name', 'string', traces.map(({ rootTraceName }) => rootTraceName)],
    ['Duration (ms)', 'number', traces.map(({ durationMs }) => durationMs)],
  ]);
}

/** One row for each point of each series: its time, its labels, its value under the given name. */
export function seriesTable(frames: readonly Frame[], valueName: string): Frame {
  const rows = frames.flatMap((frame) => {
    const [time, value] = frame.fields;
    return (value?.values ?? []).map((one, at) => ({
      at: time?.values[at] ?? null,
      one,
      labels: value?.labels ?? {},
    }));
  });
  const names = [...new Set(rows.flatMap(({ labels }) => Object.keys(labels)))].filter(
    (name) => name !== '__name__',
  );
  return {
    refId: frames[0]?.refId ?? 'A',
    name: '',
    fields: [
      { name: 'Time', type: 'time', values: rows.map(({ at }) => at) },
      ...names.sort().map((name): Field => {
        return { name, type: 'string', values: rows.map(({ labels }) => labels[name] ?? null) };
      }),
      { name: valueName, type: 'number', values: rows.map(({ one }) => one) },
    ],
  };
}

type Column = [name: string, type: Field['type'], values: (string | number)[]];

function table(name: string, columns: Column[]): Frame {
  const fields = columns.map(([column, type, values]): Field => ({ name: column, type, values }));
  return { refId: 'A', name, fields };
}
