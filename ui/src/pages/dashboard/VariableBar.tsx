/** The controls of a dashboard's variables. */
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { ALL, type Variable } from '../../dashboard/variables';
import { AdhocControl } from './AdhocControl';
import './VariableBar.css';

interface VariableBarProps {
  variables: readonly Variable[];
  onChoose: (name: string, values: readonly string[]) => void;
}

export function VariableBar({ variables, onChoose }: VariableBarProps) {
  const shown = variables.filter(({ hidden }) => !hidden);
  if (shown.length === 0) return null;
  return (
    <fieldset className="variables">
      <legend className="visually-hidden">Variables</legend>
      {shown.map((one) => (
        <Control key={one.name} variable={one} onChoose={(values) => onChoose(one.name, values)} />
      ))}
    </fieldset>
  );
}

interface ControlProps {
  variable: Variable;
  onChoose: (values: readonly string[]) => void;
}

function Control({ variable, onChoose }: ControlProps) {
  if (variable.kind === 'text') return <TextControl variable={variable} onChoose={onChoose} />;
  if (variable.kind === 'adhoc') return <AdhocControl variable={variable} onChoose={onChoose} />;
  if (variable.multi) return <MultiControl variable={variable} onChoose={onChoose} />;
  const { choices, value, includeAll, error } = variable;
  const current = value.all ? ALL : (value.as ?? value.values[0] ?? '');
  const known = choices.some((choice) => choice.value === current) || current === ALL;
  return (
    <label title={error}>
      <Name {...variable} />
      <select value={current} onChange={(event) => onChoose([event.target.value])}>
        {includeAll && <option value={ALL}>All</option>}
        {!known && <option value={current}>{current || 'none'}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.text}
          </option>
        ))}
      </select>
    </label>
  );
}

function Name({ label, unnamed, error }: Variable) {
  return <span className={unnamed ? 'visually-hidden' : error ? 'variable-bad' : 'muted'}>{label}</span>;
}

function TextControl({ variable: { label, value }, onChoose }: ControlProps) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onChoose([String(new FormData(event.currentTarget).get('text') ?? '')]);
  };
  return (
    <form onSubmit={submit}>
      <label>
        <span className="muted">{label}</span>
        <input name="text" key={value.values[0]} defaultValue={value.values[0]} />
      </label>
    </form>
  );
}

/** Several choices as a list of boxes under a button. */
function MultiControl({ variable, onChoose }: ControlProps) {
  const { label, choices, value, includeAll, error } = variable;
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: PointerEvent) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);
  const chosen = value.all ? 'All' : value.values.join(' + ') || 'none';
  const toggle = (one: string) => {
    const old = value.all ? [] : value.values;
    const next = old.includes(one) ? old.filter((other) => other !== one) : [...old, one];
    onChoose(next.length === 0 && includeAll ? [ALL] : next);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what the button inside opened
    <div
      className="variable-multi"
      ref={place}
      onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
    >
      <span id={id} className={error ? 'variable-bad' : 'muted'} title={error}>
        {label}
      </span>
      <button type="button" aria-describedby={id} aria-expanded={open} onClick={() => setOpen(!open)}>
        {chosen}
      </button>
      {open && (
        <fieldset aria-labelledby={id} className="variable-choices">
          {includeAll && (
            <label>
              <input type="checkbox" checked={value.all ?? false} onChange={() => onChoose([ALL])} /> All
            </label>
          )}
          {choices.map((choice) => (
            <label key={choice.value}>
              <input
                type="checkbox"
                checked={!value.all && value.values.includes(choice.value)}
                onChange={() => toggle(choice.value)}
              />{' '}
              {choice.text}
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
