/** The control of an ad-hoc variable: its filters, each with a button that takes it away, and a form for one more. */
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import * as loki from '../../api/loki';
import * as prometheus from '../../api/prometheus';
import { OPERATORS, writeFilter } from '../../dashboard/adhoc';
import type { Source } from '../../dashboard/sources';
import type { Variable } from '../../dashboard/variables';

interface AdhocProps {
  variable: Variable;
  onChoose: (values: readonly string[]) => void;
}

export function AdhocControl({ variable: { label, filters }, onChoose }: AdhocProps) {
  const id = useId();
  const [key, setKey] = useState('');
  const keys = useSuggestions(filters?.source, undefined);
  const values = useSuggestions(filters?.source, keys.includes(key) ? key : undefined);
  if (!filters) return <span className="variable-bad">{label}: its data source is not in the lab</span>;
  const written = filters.list.map(writeFilter);
  // An empty text in the address: the filters that the dashboard stored are taken away too.
  const choose = (list: readonly string[]) => onChoose(list.length > 0 ? list : ['']);
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const text = (name: string) => String(data.get(name) ?? '');
    onChoose([
      ...written,
      writeFilter({ key: text('key'), operator: text('operator'), value: text('value') }),
    ]);
    form.reset();
    setKey('');
  };
  return (
    <form onSubmit={add} className="variable-adhoc" aria-labelledby={id}>
      <span id={id} className="muted">
        {label}
      </span>
      {filters.list.map((one, at) => (
        <button
          key={written[at]}
          type="button"
          title="Remove this filter"
          onClick={() => choose(written.filter((_, other) => other !== at))}
        >
          {one.key} {one.operator} {one.value} <span aria-hidden="true">×</span>
          <span className="visually-hidden">, remove</span>
        </button>
      ))}
      <input
        name="key"
        required
        placeholder="label"
        aria-label={`Label of a filter in ${label}`}
        list={`${id}k`}
        onChange={(event) => setKey(event.target.value)}
      />
      <datalist id={`${id}k`}>
        {keys.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <select name="operator" aria-label={`Operator of a filter in ${label}`}>
        {OPERATORS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <input name="value" placeholder="value" aria-label={`Value of a filter in ${label}`} list={`${id}v`} />
      <datalist id={`${id}v`}>
        {values.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <button type="submit">Add filter</button>
    </form>
  );
}

/** The store's label names, or the values of one label. */
function useSuggestions(source: Source | undefined, label: string | undefined): string[] {
  const { data = [] } = useQuery({
    queryKey: ['adhoc', source?.uid, label],
    queryFn: ({ signal }) => {
      const uid = source?.uid ?? '';
      if (source?.type === 'loki')
        return label === undefined
          ? loki.labelNames(uid, signal)
          : loki.labelValues(uid, label, undefined, signal);
      return label === undefined
        ? prometheus.labelNames(uid, [], signal)
        : prometheus.labelValues(uid, label, [], signal);
    },
    enabled: source !== undefined && source.type !== 'tempo',
    staleTime: 30_000,
  });
  return data;
}
