/** Behind a panel: its queries as they were sent, how long they took, and its data as a table and as CSV. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { Warning } from '../components/Warning';
import type { PanelData } from '../dashboard/queries';
import { linesTable, tracesTable } from '../dashboard/tables';
import { dateTime } from '../lib/clock';
import { toCsv } from '../lib/csv';
import { type Frame, rowCount } from '../lib/frame';
import { plainHint } from '../lib/hint';
import './Inspect.css';

/** Rows shown here; the CSV has all. */
const MOST_ROWS = 200;

export function Inspect({ title, data, onClose }: { title: string; data: PanelData; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [chosen, setChosen] = useState(0);
  // What is inspected stands still, however often the panel behind it refreshes.
  const [{ frames, sent, warnings }] = useState({
    frames: inspected(data),
    sent: data.sent,
    warnings: data.warnings,
  });
  const frame = frames[chosen];
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="inspect" aria-label={`Inspect ${title}`} onClose={onClose}>
      <header>
        <h2>Inspect: {title}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <h3>Queries</h3>
      {sent.length === 0 && <p className="muted">This panel has no query.</p>}
      <ul className="inspect-queries">
        {sent.map((one) => (
          <li key={`${one.refId}${one.query}`}>
            <span className="muted">
              {one.refId} · {one.source} · {Math.round(one.took)} ms
            </span>
            <pre>{one.query}</pre>
          </li>
        ))}
      </ul>
      {warnings.map((warning) => (
        <Warning key={warning}>{plainHint(warning)}</Warning>
      ))}
      {frame && (
        <>
          <div className="inspect-data">
            <h3>Data</h3>
            {frames.length > 1 && (
              <label>
                <span className="visually-hidden">Series</span>
                <select value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
                  {frames.map((one, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: frames may share refId and name
                    <option key={at} value={at}>
                      {one.name || one.refId}
                    </option>
                  ))}
                </select>
              </label>
            )}
            <span className="muted">{rowCount(frame)} rows</span>
            <Download frame={frame} name={`${title} ${frame.name}`.trim()} />
          </div>
          <DataTable frame={frame} />
        </>
      )}
    </dialog>
  );
}

function DataTable({ frame }: { frame: Frame }) {
  const rows = Array.from({ length: Math.min(rowCount(frame), MOST_ROWS) }, (_, at) => at);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section className="inspect-table" aria-label="Rows" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {frame.fields.map(({ name, type }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns may share a name
              <th key={at} scope="col" className={type === 'number' ? 'number' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              {frame.fields.map(({ type, values }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns may share a name
                <td key={at} className={type === 'number' ? 'number' : undefined}>
                  {type === 'time' ? dateTime(Number(values[row])) : (values[row] ?? '–')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Download({ frame, name }: { frame: Frame; name: string }) {
  const url = useMemo(() => URL.createObjectURL(new Blob([toCsv(frame)], { type: 'text/csv' })), [frame]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <a href={url} download={`${name.replace(/[^\w -]+/g, '_')}.csv`}>
      Download CSV
    </a>
  );
}

/** Lines and traces are tables too. */
function inspected({ frames, lines, traces }: PanelData): Frame[] {
  return [
    ...frames,
    ...(lines.length > 0 ? [linesTable(lines)] : []),
    ...(traces.length > 0 ? [tracesTable(traces)] : []),
  ];
}
