/** The services page: the map of the lab's own application, and the way from its numbers to traces and panels. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, open, overflow, shot, violations } from './browser';

describe('services', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it('draws who calls whom, and leads from a call to its traces', async () => {
    const { page, errors } = await open(browser, '/services');
    for (const service of ['traffic-generator-stage4', 'frontend', 'dice-roller', 'die-service']) {
      await page.locator(`.service-node[data-service="${service}"]`).waitFor();
    }
    const layer = async (service: string) =>
      (await page.locator(`.service-node[data-service="${service}"]`).boundingBox())?.x ?? 0;
    expect(await layer('frontend')).toBeLessThan(await layer('dice-roller'));
    expect(await layer('dice-roller')).toBeLessThan(await layer('die-service'));
    const call = page.locator('[data-edge="dice-roller → die-service"]');
    expect(await call.textContent()).toMatch(/\/s/);
    expect(await violations(page)).toEqual([]);
    await call.getByRole('link', { name: 'Traces' }).click();
    await page.locator('a[href*="/explore/trace/"]').first().waitFor();
    expect(errors).toEqual([]);
  });

  it('shows what one service does, chosen by keys, and keeps it in the address', async () => {
    const { page, errors } = await open(browser, '/services');
    const box = page.locator('.service-node[data-service="die-service"]');
    await box.focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-operation="die-service GET /dice"]').waitFor();
    expect(await page.locator('[data-operation^="frontend"]').count()).toBe(0);
    expect(page.url()).toContain('service=die-service');
    await page.getByRole('button', { name: 'Show all services' }).click();
    await page.locator('[data-operation^="frontend"]').first().waitFor();
    const operation = page.locator('[data-operation="die-service GET /dice"]');
    await operation.getByRole('link', { name: 'Panels' }).click();
    await page.locator('[data-panel-type="timeseries"][data-state="ready"]').nth(1).waitFor();
    expect(errors).toEqual([]);
  });

  it.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 390],
    ['dark', 390],
  ] as const)('fits in %s on %i pixels', async (scheme, width) => {
    const { page } = await open(browser, '/services', { scheme, width });
    await page.locator('[data-operation]').first().waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await shot(page, `services-${scheme}-${width}`);
  });
});
