/** The home, the keys, the places of Prometheus' own page, and what the way back undoes. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explore, LAB, launch, open, overflow, violations } from './browser';

const PLACES = [
  'alerts',
  'rules',
  'targets',
  'service-discovery',
  'tsdb-status',
  'config',
  'flags',
  'status',
];

describe('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it('begins with a home: health, next steps, dashboards, verification, addresses', async () => {
    const { page, errors } = await open(browser, '/');
    await page.getByRole('status').waitFor();
    for (const name of ['Next steps', 'Dashboards', 'Last verification', 'Addresses'])
      await page.getByRole('heading', { name }).waitFor();
    expect(await page.title()).toBe('Dicelab');
    expect(await violations(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('is led by keys, which ? lists, and which are text in fields', async () => {
    const { page, errors } = await open(browser, '/');
    await page.getByRole('status').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.waitForURL('**/dashboards');
    await page.getByPlaceholder('Search by name').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('gs');
    expect(new URL(page.url()).pathname).toBe('/dashboards');
    expect(errors).toEqual([]);
  });

  it('undoes a zoom and a query by the way back', async () => {
    const { page } = await open(browser, explore('metrics', 'up'));
    await page.locator('[data-state="ready"]').first().waitFor();
    await page.keyboard.press('t');
    await page.keyboard.press('z');
    await expect.poll(() => new URL(page.url()).searchParams.get('from')).toMatch(/^\d+$/);
    await page.goBack();
    await expect.poll(() => new URL(page.url()).searchParams.get('from')).toBe('now-15m');
    await page.goForward();
    await expect.poll(() => new URL(page.url()).searchParams.get('from')).toMatch(/^\d+$/);
  });

  it.each(PLACES)('shows %s of the metrics store, on a narrow dark screen, too', async (place) => {
    const { page, errors } = await open(browser, `/prometheus/${place}`, { width: 390, scheme: 'dark' });
    await page.locator('table, pre, .prometheus p.muted').first().waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('is where the places of the metrics port lead to', async () => {
    const status = await (await fetch(`${LAB}/api/lab/status`)).json();
    const metrics = status.addresses.find(({ what }: { what: string }) => what === 'metrics').url;
    const { page } = await open(browser, '/');
    await page.goto(`${metrics}/graph?g0.expr=up&g0.range_input=30m`);
    await page.locator('[data-state="ready"]').first().waitFor();
    const { pathname, searchParams } = new URL(page.url());
    expect([pathname, searchParams.get('query'), searchParams.get('from')]).toEqual([
      '/explore',
      'up',
      'now-30m',
    ]);
    await page.goto(`${metrics}/config`);
    expect(new URL(page.url()).pathname).toBe('/prometheus/config');
  });
});
