/** The search form for traces; it writes its TraceQL into the editor, where it can be refined. */
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { tagValues } from '../../api/tempo';
import { mistakesOf, NO_SEARCH, type TraceSearch, traceQlOf } from '../../explore/traceSearch';

interface SearchFormProps {
  uid: string;
  onRun: (query: string) => void;
}

const TEXTS: readonly {
  field: 'service' | 'name' | 'min' | 'max' | 'tags';
  text: string;
  hint: string;
  tag?: string;
}[] = [
  { field: 'service', text: 'Service', hint: 'any', tag: 'resource.service.name' },
  { field: 'name', text: 'Span name', hint: 'any', tag: 'name' },
  { field: 'min', text: 'At least', hint: '100ms' },
  { field: 'max', text: 'At most', hint: '2s' },
  { field: 'tags', text: 'Tags', hint: 'die.type=risky' },
];

export function SearchForm({ uid, onRun }: SearchFormProps) {
  const [search, setSearch] = useState(NO_SEARCH);
  const id = useId();
  const mistakes = mistakesOf(search);
  const set = (change: Partial<TraceSearch>) => setSearch({ ...search, ...change });
  return (
    <form
      className="trace-search"
      aria-label="Search traces"
      onSubmit={(event) => {
        event.preventDefault();
        if (Object.keys(mistakes).length === 0) onRun(traceQlOf(search));
      }}
    >
      {TEXTS.map(({ field, text, hint, tag }) => (
        <label key={field} data-field={field}>
          {text}
          <input
            value={search[field]}
            placeholder={hint}
            list={tag && `${id}${field}`}
            aria-invalid={mistakes[field] !== undefined}
            title={mistakes[field]}
            onChange={(event) => set({ [field]: event.target.value })}
          />
          {tag && <Values id={`${id}${field}`} uid={uid} tag={tag} />}
        </label>
      ))}
      <label data-field="status">
        Status
        <select
          value={search.status}
          onChange={(event) => set({ status: event.target.value as TraceSearch['status'] })}
        >
          <option value="">any</option>
          <option value="ok">ok</option>
          <option value="error">error</option>
          <option value="unset">unset</option>
        </select>
      </label>
      <button type="submit">Search</button>
      {Object.entries(mistakes).map(([field, mistake]) => (
        <p key={field} role="alert">
          {mistake}
        </p>
      ))}
    </form>
  );
}

/** What the store knows for a tag, offered while typing. */
function Values({ id, uid, tag }: { id: string; uid: string; tag: string }) {
  const { data = [] } = useQuery({
    queryKey: ['tag-values', uid, tag],
    queryFn: ({ signal }) => tagValues(uid, tag, signal),
    staleTime: 30_000,
  });
  return (
    <datalist id={id}>
      {/* One text may stand for values of several types. */}
      {[...new Set(data)].slice(0, 200).map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}
