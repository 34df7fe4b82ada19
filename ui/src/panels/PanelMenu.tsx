/** What can be done with a panel: see it alone, inspect it, go on in Explore. A menu button after WAI-ARIA's pattern. */
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import './PanelMenu.css';

export interface MenuItem {
  name: string;
  /** A link, or something to do. */
  href?: string;
  run?: () => void;
}

export function PanelMenu({ title, items }: { title: string; items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    place.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const outside = (event: PointerEvent) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
    if (event.key === 'Tab') setOpen(false);
    const entries = [...(place.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    entries.at(to % entries.length)?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the menu inside
    <div className="panel-menu" ref={place} onKeyDown={open ? move : undefined}>
      <button
        ref={button}
        type="button"
        className="quiet"
        aria-label={`Menu of ${title}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <span aria-hidden="true">⋮</span>
      </button>
      {open && (
        <div role="menu" id={id} aria-label={title}>
          {items.map(({ name, href, run }) =>
            href ? (
              <a key={name} role="menuitem" tabIndex={-1} href={href}>
                {name}
              </a>
            ) : (
              <button
                key={name}
                type="button"
                role="menuitem"
                tabIndex={-1}
                className="quiet"
                onClick={() => {
                  close();
                  run?.();
                }}
              >
                {name}
              </button>
            ),
          )}
        </div>
      )}
    </div>
  );
}
