/** Frames as CSV (RFC 4180), for spreadsheets. */
import { type Frame, rowCount } from './frame';

/** One table with a head; times as ISO 8601. Cells that a spreadsheet would run as formulas are quoted as text. */
export function toCsv(frame: Frame): string {
  const head = frame.fields.map(({ name }) => cell(name));
  const rows = Array.from({ length: rowCount(frame) }, (_, at) =>
    frame.fields.map(({ type, values }) => {
      const value = values[at] ?? null;
      if (value === null) return '';
      return type === 'time' ? new Date(Number(value)).toISOString() : cell(value);
    }),
  );
  return [head, ...rows].map((row) => row.join(',')).join('\r\n');
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
