/** Hears the keys of the page, does what they say, and lists them under `?`. Inside fields they are text. */
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { give } from '../state/commands';
import { type Command, OTHERS, pressed, SHORTCUTS, type Shortcut } from './keys';
import './Shortcuts.css';

const PATHS: Partial<Record<Command, string>> = {
  home: '/',
  dashboards: '/dashboards',
  explore: '/explore',
  status: '/status',
};
/** How long a sequence waits for its next key, in milliseconds. */
const PATIENCE = 1500;
const SEARCH = '.cm-content, input[type="search"], .time-picker button';

export function Shortcuts() {
  const [open, setOpen] = useState(false);
  const [, navigate] = useLocation();
  useEffect(() => {
    let pending: readonly string[] = [];
    let last = 0;
    const hear = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isField(event.target)) return;
      const step = pressed(event.timeStamp - last < PATIENCE ? pending : [], event.key);
      pending = step.pending;
      last = event.timeStamp;
      const { command } = step;
      if (!command) return;
      const path = PATHS[command];
      if (command !== 'leave') event.preventDefault();
      if (path) navigate(path);
      else if (command === 'help') setOpen((old) => !old);
      else if (command === 'search') document.querySelector<HTMLElement>(SEARCH)?.focus();
      else give(command);
    };
    window.addEventListener('keydown', hear);
    return () => window.removeEventListener('keydown', hear);
  }, [navigate]);
  return (
    <>
      <button
        type="button"
        className="shortcuts-open"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => setOpen(true)}
      >
        ?
      </button>
      {open && <List onClose={() => setOpen(false)} />}
    </>
  );
}

function List({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="shortcuts" aria-label="Keyboard shortcuts" onClose={onClose}>
      <div className="shortcuts-head">
        <h2>Keyboard shortcuts</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      {(['Anywhere', 'Time'] as const).map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          <dl>
            {SHORTCUTS.filter((one) => one.group === group).map((one) => (
              <div key={one.command}>
                <dt>
                  <Keys shortcut={one} />
                </dt>
                <dd>{one.text}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <section>
        <h3>In traces, graphs and queries</h3>
        <dl>
          {OTHERS.map(({ keys, text }) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </section>
    </dialog>
  );
}

const SIGNS: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };

function Keys({ shortcut: { keys } }: { shortcut: Shortcut }) {
  return keys.map((key) => <kbd key={key}>{SIGNS[key] ?? key}</kbd>);
}

/** Places that take keys for themselves: fields, and whatever Escape closes by itself. */
const OWN =
  'input:not([type="checkbox"]), select, textarea, [contenteditable="true"], dialog[open], [role="dialog"], .panel-menu';

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(OWN) !== null;
}
