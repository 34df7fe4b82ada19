/**
 * The guided tour of a first visit: a card in the corner which leads from place to place and never covers the page's
 * middle. Escape or “Skip” ends it for good; the button in its place brings it back. It is about the dice: beside a lab
 * without them there is none.
 */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { hasDiceQuery } from '../api/status';
import { loadProgress, moved, type Progress, saveProgress } from './progress';
import { STEPS } from './steps';
import './Tour.css';

export function Tour() {
  const { data: hasDice = false } = useQuery(hasDiceQuery);
  const [progress, setProgress] = useState<Progress>(() => loadProgress(STEPS.length));
  const [, navigate] = useLocation();
  const id = useId();
  const go = (next: Progress) => {
    saveProgress(next);
    setProgress(next);
  };
  useEffect(() => {
    if (!hasDice || progress === 'done') return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || inEditor(event.target)) return;
      saveProgress('done');
      setProgress('done');
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [hasDice, progress]);
  if (!hasDice) return null;
  const step = progress === 'done' ? undefined : STEPS[progress];
  if (!step || progress === 'done') {
    return (
      <button
        type="button"
        className="tour-again"
        aria-label="Take the tour"
        title="Take the tour"
        onClick={() => go(0)}
      >
        Tour
      </button>
    );
  }
  return (
    <section className="tour" aria-labelledby={id}>
      <p className="muted">
        Tour, {progress + 1} of {STEPS.length}
      </p>
      <h2 id={id}>{step.title}</h2>
      <p>{step.text}</p>
      <p>{step.look}</p>
      <div className="tour-buttons">
        <button type="button" className="primary" onClick={() => navigate(step.href)}>
          {step.action}
        </button>
        {progress > 0 && (
          <button type="button" className="quiet" onClick={() => go(moved(progress, -1, STEPS.length))}>
            Back
          </button>
        )}
        <button type="button" onClick={() => go(moved(progress, 1, STEPS.length))}>
          {progress + 1 < STEPS.length ? 'Next' : 'Done'}
        </button>
        <button type="button" className="quiet tour-skip" onClick={() => go('done')}>
          Skip
        </button>
      </div>
    </section>
  );
}

/** There Escape closes a completion or leaves the field. */
function inEditor(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest('input, select, [contenteditable], [role="dialog"]') !== null
  );
}
