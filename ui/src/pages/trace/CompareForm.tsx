/** Leads to the comparison of the trace with another one, by its id or its address. */
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { compareUrl } from '../../explore/links';
import { writtenId } from '../../trace/compared';

export function CompareForm({ id }: { id: string }) {
  const [, go] = useLocation();
  const [text, setText] = useState('');
  const other = writtenId(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (other) go(compareUrl(id, other));
  };
  return (
    <form className="trace-compare" onSubmit={submit}>
      <input
        aria-label="Compare with the trace of this id"
        placeholder="Id of another trace"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="quiet" disabled={!other}>
        Compare
      </button>
    </form>
  );
}
