/** Imports run one way, as ARCHITECTURE.md says: nothing points up, and `lib` knows nobody. */
import { expect, test } from 'vitest';

/** Each folder, and what it may import from besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  api: ['lib'],
  state: ['lib', 'api'],
  dashboard: ['lib', 'api', 'state'],
  trace: ['lib', 'api', 'state'],
  explore: ['lib', 'api', 'state', 'dashboard', 'trace'],
  services: ['lib', 'api', 'state', 'explore'],
  charts: ['lib', 'api', 'state'],
  shortcuts: ['lib', 'api', 'state'],
  components: ['lib', 'api', 'state', 'dashboard', 'trace', 'explore', 'charts'],
  panels: ['lib', 'api', 'state', 'dashboard', 'trace', 'explore', 'charts', 'components'],
};

const sources = import.meta.glob<string>('./**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

test('no import points up', () => {
  const wrong = Object.entries(sources).flatMap(([file, text]) => {
    const folder = file.split('/')[1] ?? '';
    const allowed = MAY_IMPORT[folder];
    if (!allowed) return [];
    const imports = [...text.matchAll(/^(?:import|export) [^;]*?from '(\.[^']*)'/gm)];
    const folders = imports.map(
      ([, path]) => new URL(path ?? '', `http://page/${file}`).pathname.split('/')[1],
    );
    const others = folders.filter((other) => other && other !== folder && !allowed.includes(other));
    return others.map((other) => `${file} imports from ${other}`);
  });
  expect(wrong).toEqual([]);
  expect(Object.keys(sources).length).toBeGreaterThan(100);
});
