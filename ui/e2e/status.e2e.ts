/** The status page: what it shows of faults, traffic and the last verification, and what it steers. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LAB, launch, open, overflow, shot, violations } from './browser';

const CHECK = { asked: 'the API', expected: '3 targets up', seconds: 0.2 };
const REPORT = {
  checks: [
    { ...CHECK, id: 'signals/targets', area: 'signals', status: 'pass', got: '3', message: 'all are up' },
    {
      ...CHECK,
      id: 'reconciliation/spans',
      area: 'reconciliation',
      status: 'fail',
      got: '159',
      message: 'dice-roller dropped 1 <img src=x onerror=alert(1)>',
    },
    { ...CHECK, id: 'loss/products', area: 'loss', status: 'skip', got: '', message: 'nobody scrapes them' },
  ],
  summary: {
    pass: 1,
    fail: 1,
    skip: 1,
    good: false,
    about: '160 requests of its own, sent to http://127.0.0.1:8108',
    started: '2026-01-02T03:04:05Z',
    seconds: 31,
  },
};
const FAULT = { fault: 'drop-spans=0.01', about: 'loses one span in 100', since_ms: Date.now() - 60_000 };

/** Lets the lab's status have a failed verification and a fault. */
async function troubled(page: Page): Promise<void> {
  await page.route('**/api/lab/report', (route) => route.fulfill({ json: REPORT }));
  await page.route('**/api/lab/status', async (route) => {
    const answer = await route.fetch();
    const status = await answer.json();
    await route.fulfill({ json: { ...status, verification: REPORT.summary, faults: [FAULT] } });
  });
}

describe('status', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it('restarts a process', async () => {
    const { page, errors } = await open(browser, '/status');
    const row = page.locator('[data-process="traffic-generator-stage4"]');
    const restarts = async () => Number(await row.locator('td').nth(4).textContent());
    await row.waitFor();
    const before = await restarts();
    await row.getByRole('button').click();
    await expect.poll(restarts, { timeout: 20_000 }).toBeGreaterThan(before);
    expect(errors).toEqual([]);
  });

  it('is steered by its own origin only', async () => {
    const restart = (headers: HeadersInit) =>
      fetch(`${LAB}/api/lab/processes/traffic-generator-stage4/restart`, { method: 'POST', headers });
    expect((await restart({ Origin: 'http://evil.example' })).status).toBe(403);
    expect((await restart({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    const unknown = await fetch(`${LAB}/api/lab/processes/nobody/restart`, { method: 'POST' });
    expect(unknown.status).toBe(404);
  });

  it('shows the last verification: what failed, what was not judged, all checks; as text', async () => {
    const { page, errors } = await open(browser, '/dashboards');
    await troubled(page);
    await page.getByRole('link', { name: 'Status', exact: true }).click();
    const verification = page.getByRole('region', { name: 'Verification' });
    await verification.getByText('1 passed, 1 skipped, 1 failed').waitFor();
    expect(await verification.textContent()).toContain('160 requests of its own');
    const failed = verification.locator('[data-check="reconciliation/spans"]');
    expect(await failed.textContent()).toContain('dropped 1 <img src=x onerror=alert(1)>');
    expect(await verification.locator('[data-check="loss/products"]').textContent()).toContain(
      'nobody scrapes',
    );
    await verification.locator('summary', { hasText: 'Signals' }).click();
    await verification.getByRole('cell', { name: 'all are up' }).waitFor();
    expect(await verification.locator('img').count()).toBe(0);
    expect(await page.locator('[data-fault]').textContent()).toContain('loses one span in 100');
    expect(await page.getByRole('status').textContent()).toContain('fault drop-spans=0.01 is on');
    expect(await violations(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('holds the traffic of the lab and lets it go on', async () => {
    const { page, errors } = await open(browser, '/status');
    await page.getByRole('button', { name: 'Pause it' }).click();
    await page.getByText(/traffic is paused, for .* more at most/).waitFor();
    await page.getByRole('button', { name: 'Resume it' }).click();
    await page.getByText('traffic is running').waitFor();
    expect(errors).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('fits a narrow screen in %s', async (scheme) => {
    const { page } = await open(browser, '/dashboards', { scheme, width: 390 });
    await troubled(page);
    await page.getByRole('link', { name: 'Status', exact: true }).click();
    await page.locator('[data-check]').first().waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await shot(page, `narrow-status-${scheme}`);
  });
});
