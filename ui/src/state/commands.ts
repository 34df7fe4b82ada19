/** Commands that keys give, heard by whichever page can do them. */
import { useEffect } from 'react';
import { useLatest } from './useLatest';

const bus = new EventTarget();

/** Tells every listener of a command. */
export function give(command: string): void {
  bus.dispatchEvent(new Event(command));
}

/** Does something whenever a command is given, as long as the component is there. */
export function useCommand(command: string, act: () => void): void {
  const latest = useLatest(act);
  useEffect(() => {
    const hear = () => latest()();
    bus.addEventListener(command, hear);
    return () => bus.removeEventListener(command, hear);
  }, [command, latest]);
}
