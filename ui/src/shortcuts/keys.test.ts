import { expect, it } from 'vitest';
import { pressed, SHORTCUTS } from './keys';

it('every shortcut is found by its keys, and none hides another', () => {
  for (const { keys, command } of SHORTCUTS) {
    let pending: readonly string[] = [];
    let found: string | undefined;
    keys.forEach((key, at) => {
      const step = pressed(pending, key);
      pending = step.pending;
      found = step.command;
      if (at < keys.length - 1) expect(found).toBeUndefined();
    });
    expect(found).toBe(command);
  }
});

it('a sequence that leads nowhere begins anew with its last key', () => {
  expect(pressed(['g'], 'x')).toEqual({ pending: [] });
  expect(pressed(['g'], 't')).toEqual({ pending: ['t'] });
  expect(pressed(['t'], 'r')).toEqual({ command: 'refresh', pending: [] });
});
