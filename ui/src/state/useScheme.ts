/** Whether the page is light or dark right now; canvases are drawn anew when it changes. */
import { useSyncExternalStore } from 'react';
import { useTheme } from './settings';

const dark = window.matchMedia('(prefers-color-scheme: dark)');

export function useScheme(): 'light' | 'dark' {
  const [theme] = useTheme();
  const system = useSyncExternalStore(
    (changed) => {
      dark.addEventListener('change', changed);
      return () => dark.removeEventListener('change', changed);
    },
    () => dark.matches,
  );
  if (theme !== 'system') return theme;
  return system ? 'dark' : 'light';
}
