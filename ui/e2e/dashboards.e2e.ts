import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allReady, LAB, launch, open, overflow, shot, type Visit, violations } from './browser';

describe('dashboards', () => {
  let browser: Browser;
  /** The dashboard with every kind of panel, opened once. */
  let kinds: Visit | undefined;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it('draws the 25 panels of the mission with data and without an error', async () => {
    const { page, errors } = await open(browser, '/d/stage4-async-rolling');
    expect(await allReady(page, 90_000)).toBe(25);
    await shot(page, 'mission');
    expect(errors).toEqual([]);
  });

  it('draws the concurrency lab', async () => {
    const { page, errors } = await open(browser, '/d/concurrency-lab', { scheme: 'dark' });
    expect(await allReady(page, 90_000)).toBe(20);
    await shot(page, 'concurrency-dark');
    expect(errors).toEqual([]);
  });

  it.each([
    ['timeseries', 'canvas'],
    ['stat', '.stat-value'],
    ['gauge', '.gauge svg path'],
    ['bargauge', '.bar-gauge-bar'],
    ['piechart', '.pie-panel path'],
    ['table', 'tbody tr'],
    ['heatmap', 'canvas'],
    ['histogram', '.bars rect'],
    ['barchart', '.bars rect'],
    ['state-timeline', '.state'],
    ['status-history', '.state'],
    ['logs', '.log-line'],
    ['traces', 'a[href^="/explore/trace/"]'],
    ['text', 'strong'],
    ['dashlist', 'a[href^="/d/"]'],
    ['news', 'text=another site'],
    ['unheard-of', 'text=shown as a table'],
  ])('draws %s panels', async (type, mark) => {
    kinds ??= await open(browser, '/d/kinds');
    const panel = kinds.page.locator(`[data-panel-type="${type}"]`).first();
    await panel.locator(mark).first().waitFor({ timeout: 60_000 });
    expect(await panel.getAttribute('data-state')).toBe('ready');
    await panel.scrollIntoViewIfNeeded();
    await panel.screenshot({ path: `${import.meta.dirname}/shots/panel-${type}.png` });
    expect(kinds.errors).toEqual([]);
  });

  it('repeats a panel and fills in the variable that the address chooses', async () => {
    const { page } = await open(browser, '/d/kinds?var-die=risky');
    await page.getByRole('heading', { name: 'Rolls of risky' }).waitFor();
    expect(await page.getByRole('heading', { name: /^Rolls of / }).count()).toBe(1);
    await page.goto(`${LAB}/d/kinds?var-die=$__all`);
    await page.getByRole('heading', { name: 'Rolls of fair' }).waitFor();
    expect(await page.getByRole('heading', { name: /^Rolls of / }).count()).toBe(2);
  });

  it('says why a panel is empty', async () => {
    const { page } = await open(browser, '/d/kinds');
    const panel = page.locator('[data-state="empty"]');
    await panel.waitFor();
    expect(await panel.textContent()).toContain('No data in this range');
  });

  it('lets the keyboard view a panel alone, inspect it and go on in Explore', async () => {
    const { page } = await open(browser, '/d/stage4-async-rolling');
    await allReady(page);
    const menu = page.getByRole('button', { name: 'Menu of Die Service Request Rate' });
    await menu.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForURL(/viewPanel=2/);
    expect(await page.locator('[data-panel-id]').count()).toBe(1);
    await menu.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    expect(await dialog.locator('pre').textContent()).toContain('rate(http_requests_total');
    expect(await dialog.getByRole('row').count()).toBeGreaterThan(1);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('link', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.csv$/);
    await page.keyboard.press('Escape');
    await menu.click();
    const href = await page.getByRole('menuitem', { name: 'Explore' }).getAttribute('href');
    expect(href).toMatch(/^\/explore\?signal=metrics&query=sum/);
  });

  it('zooms by dragging over a graph', async () => {
    const { page } = await open(browser, '/d/stage4-async-rolling?viewPanel=2&from=now-5m');
    await page.waitForTimeout(500);
    const plot = await page.locator('.u-over').boundingBox();
    if (!plot) throw new Error('no plot');
    await page.mouse.move(plot.x + plot.width * 0.5, plot.y + 50);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width * 0.9, plot.y + 60, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=\d{13}&to=\d{13}/);
  });

  it('leads from an exemplar to its trace', async () => {
    const { page } = await open(browser, '/d/stage4-async-rolling?viewPanel=12');
    const mark = page.locator('a.exemplar').last();
    await mark.waitFor({ timeout: 60_000 });
    const href = await mark.getAttribute('href');
    expect(href).toMatch(/^\/explore\/trace\/[0-9a-f]{32}$/);
  });

  it.each(['light', 'dark'] as const)('is accessible in %s', async (scheme) => {
    const { page } = await open(browser, '/d/stage4-async-rolling', { scheme });
    await allReady(page, 90_000);
    expect(await violations(page)).toEqual([]);
  });

  it.each(['/d/stage4-async-rolling', '/d/concurrency-lab', '/d/kinds', '/dashboards'])(
    '%s fits a screen of 390 px',
    async (path) => {
      const { page } = await open(browser, path, { width: 390 });
      await page.waitForTimeout(2500);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await shot(page, `narrow-${path.split('/').at(-1)}`);
    },
  );
});
