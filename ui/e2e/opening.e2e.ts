/** How much a page brings and how soon it can be used, with nothing in the cache. Times are told, never judged. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allReady, explore, launch, open } from './browser';

/** Bytes of JavaScript, as sent. */
const MOST_SCRIPT = 500_000;

const PAGES: [string, string, string][] = [
  ['the start page', '/', 'a[href="/d/concurrency-lab"]'],
  ['the mission', '/d/stage4-async-rolling', '[data-panel-id]'],
  ['Explore', explore('metrics', 'up'), '.cm-content'],
];

/** Milliseconds since the navigation. */
function elapsed(page: Page): Promise<number> {
  return page.evaluate(() => Math.round(performance.now()));
}

describe('opening', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
    // The dashboard has its first data.
    await allReady((await open(browser, '/d/stage4-async-rolling')).page, 90_000);
  }, 120_000);
  afterAll(() => browser?.close());

  it.each(PAGES)('%s takes less than 500 kB of JavaScript', async (name, path, usable) => {
    const { page } = await open(browser, path);
    await page.locator(usable).first().waitFor();
    const there = await elapsed(page);
    await page.waitForFunction(() => document.querySelector('[data-state="loading"]') === null);
    const drawn = await elapsed(page);
    const scripts = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name: url }) => new URL(url).pathname.endsWith('.js'))
        .map(({ encodedBodySize }) => encodedBodySize),
    );
    const bytes = scripts.reduce((sum, size) => sum + size, 0);
    console.info(
      `${name}: there after ${there} ms, all drawn after ${drawn} ms, ${scripts.length} scripts of ${bytes} bytes`,
    );
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(MOST_SCRIPT);
  });
});
