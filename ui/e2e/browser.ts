/** What the tests in a browser share: Chromium, a page of the lab that hears every error, and axe. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { CHROMIUM } from './needs';

/** Where the lab's page is. */
export const LAB = inject('lab');

const SHOTS = resolve(import.meta.dirname, 'shots');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

export interface Look {
  width?: number;
  scheme?: 'light' | 'dark';
}

export interface Visit {
  page: Page;
  errors: string[];
}

/** A fresh page, as for somebody who has done the tour; `errors` fills with what the page complains of. */
export async function open(
  browser: Browser,
  path: string,
  { width = 1440, scheme = 'light' }: Look = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
  await context.addInitScript(() => localStorage.setItem('dicelab.tour', 'done'));
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(LAB + path);
  return { page, errors };
}

/** Axe's serious and critical violations, a line each. */
export async function violations(page: Page): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations: found } = await (
      globalThis as unknown as { axe: { run(): Promise<AxeResult> } }
    ).axe.run();
    return found
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
}

interface AxeResult {
  violations: { id: string; impact: string; nodes: { html: string }[] }[];
}

/** An address of Explore. */
export function explore(signal: string, query: string): string {
  return `/explore?${new URLSearchParams({ signal, query, from: 'now-15m', to: 'now' })}`;
}

/** Waits until every panel is ready and says how many there are; names those that are not when time is up. */
export async function allReady(page: Page, timeout = 60_000): Promise<number> {
  await page.waitForSelector('[data-panel-id]');
  try {
    await page.waitForFunction(
      () => document.querySelectorAll('[data-panel-id]:not([data-state="ready"])').length === 0,
      undefined,
      { timeout },
    );
  } catch {
    const waiting = await page.$$eval('[data-panel-id]:not([data-state="ready"])', (panels) =>
      panels.map(
        (panel) =>
          `${panel.querySelector('h3')?.textContent}: ${panel.getAttribute('data-state')} ${panel.querySelector('.panel-body')?.textContent}`,
      ),
    );
    throw new Error(`not ready after ${timeout} ms:\n${waiting.join('\n')}`);
  }
  return page.locator('[data-panel-id]').count();
}

/** How many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** The whole page as a picture, to be looked at by a person: `e2e/shots/<name>.png`. */
export async function shot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const width = page.viewportSize()?.width ?? 1440;
  await page.setViewportSize({ width, height: Math.min(height, 8000) });
  await page.waitForTimeout(500);
  await page.screenshot({ path: resolve(SHOTS, `${name}.png`) });
}
