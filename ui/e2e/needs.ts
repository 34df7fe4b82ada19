/** What the tests in a browser need: Chromium, and a lab that runs (`DICELAB_URL`) or can be started. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** The lab that the environment names; else the tests start one. */
export const RUNNING = process.env.DICELAB_URL;

const ROOT = resolve(import.meta.dirname, '../..');

/** The binary to start: `DICELAB`, or the one that was built. */
export const BINARY = [process.env.DICELAB, 'target/release/dicelab', 'target/debug/dicelab']
  .filter((path) => path !== undefined)
  .map((path) => resolve(ROOT, path))
  .find(existsSync);

/** Why there can be no test, if so. */
export function missing(): string | undefined {
  if (!existsSync(CHROMIUM)) return `no ${CHROMIUM}`;
  return RUNNING || BINARY ? undefined : 'no dicelab binary: run make build, or name a lab by DICELAB_URL';
}
