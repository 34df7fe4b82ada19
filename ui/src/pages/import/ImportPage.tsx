/** Brings a dashboard in: a file or pasted JSON, looked over, then kept by the lab. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError } from '../../api/client';
import { importDashboard } from '../../api/lab';
import { readDashboard, type Survey, survey } from '../../dashboard/survey';
import type { DashboardJson } from '../../lib/dashboardJson';
import { PANELS } from '../../panels/registry';
import { useTitle } from '../../state/useTitle';
import './ImportPage.css';

/** The status by which the lab says that an import of this uid is there already. */
const EXISTS = 412;

/** Without a survey where the JSON is too odd for one; the lab says then what is wrong with it. */
type Read = { json: DashboardJson; survey: Survey | undefined } | { problem: string } | undefined;

export default function ImportPage() {
  useTitle(['Import', 'Dashboards']);
  const [text, setText] = useState('');
  const [, go] = useLocation();
  const cache = useQueryClient();
  const read = useMemo(() => look(text), [text]);
  const sending = useMutation({
    mutationFn: ({ json, overwrite }: { json: DashboardJson; overwrite: boolean }) =>
      importDashboard(json, overwrite),
    onSuccess: async ({ uid }) => {
      await cache.invalidateQueries({ queryKey: ['dashboards'] });
      await cache.invalidateQueries({ queryKey: ['dashboard', uid] });
      go(`/d/${encodeURIComponent(uid)}`);
    },
  });
  const take = (next: string) => {
    sending.reset();
    setText(next);
  };
  const takeFile = async (file: File | undefined) => {
    if (file) take(await file.text());
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    takeFile(event.dataTransfer.files[0]);
  };
  const exists = sending.error instanceof ApiError && sending.error.status === EXISTS;
  const good = read && 'json' in read ? read : undefined;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file may be dropped anywhere; the button takes it as well
    <div className="import" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <h1>Import a dashboard</h1>
      <p className="muted">
        Any dashboard of Grafana as JSON: drop a file here, choose one, or paste it. The lab keeps it in its
        data directory; <Link href="/dashboards">the list</Link> shows it.
      </p>
      <label className="import-file">
        <span>File</span>
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => takeFile(event.target.files?.[0])}
        />
      </label>
      <label className="import-text">
        <span>JSON</span>
        <textarea
          value={text}
          spellCheck={false}
          rows={14}
          onChange={(event) => take(event.target.value)}
          placeholder='{ "title": "…", "panels": [ … ] }'
        />
      </label>
      {read && 'problem' in read && (
        <p role="alert" className="import-problem">
          {read.problem}
        </p>
      )}
      {good?.survey && <Summary {...good.survey} />}
      {sending.error && (
        <p role="alert" className="import-problem">
          {sending.error.message}
        </p>
      )}
      <div className="import-actions">
        <button
          type="button"
          className="primary"
          disabled={!good || sending.isPending}
          onClick={() => good && sending.mutate({ json: good.json, overwrite: exists })}
        >
          {exists ? 'Replace the other one' : 'Import'}
        </button>
      </div>
    </div>
  );
}

function look(text: string): Read {
  if (text.trim() === '') return undefined;
  try {
    const json = readDashboard(text);
    return { json, survey: surveyed(json) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function surveyed(json: DashboardJson): Survey | undefined {
  try {
    return survey(json);
  } catch {
    return undefined;
  }
}

function Summary({ title, panels, types, variables }: Survey) {
  const unknown = types.filter(([type]) => !(type in PANELS));
  return (
    <section className="import-summary" aria-label="What is in it">
      <h2>{title || 'Without a title'}</h2>
      <p>
        {panels} {panels === 1 ? 'panel' : 'panels'}:{' '}
        {types.map(([type, count]) => `${count} ${type}`).join(', ')}
        {variables.length > 0 && `. Variables: ${variables.join(', ')}`}.
      </p>
      {unknown.length > 0 && (
        <p className="panel-note">
          Not known here, and shown as tables: {unknown.map(([type]) => type).join(', ')}.
        </p>
      )}
    </section>
  );
}
