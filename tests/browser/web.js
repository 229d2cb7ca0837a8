/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the web interface share: a server, a view, boxes of the canvas. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { serve, testdata, tmp, top, until, writeTemporary } from './harness.js';

export const CPU = testdata('go-cpu.pb.gz');
export const HEAP = testdata('go-heap.pb.gz');
export const HOSTILE = testdata('odd/hostile-names.pb');
export const DIFF = [`-diff_base=${testdata('go-cpu-old.pb.gz')}`, testdata('go-cpu-new.pb.gz')];
export const VIEWS = ['flamegraph', 'graph', 'top', 'peek', 'source', 'disasm', 'sandwich', 'tags'];

/* Opens a view and waits until it is drawn. @options: profile (arguments of cpa), and those of open() */
export async function openView(t, address, options = {}) {
  const profile = options.profile || [CPU];
  const base = await serve(...(Array.isArray(profile) ? profile : [profile]));
  const page = await t.open(`${base}/ui/${address}`, options);
  await shown(page);
  return page;
}

export async function shown(page) {
  await page.waitForSelector('#view[aria-busy=false]', { state: 'attached' });
}

export function says(page) {
  return page.locator('#found').textContent();
}

export async function search(page, text) {
  await page.fill('#search', text);
  await until(async () => (await page.locator('#found').textContent()) !== '' || text === '', 'a result of the search');
  return until(async () => {
    const first = await says(page);
    await page.waitForTimeout(250);
    return first === await says(page) && (first || ' ');
  }, 'the search to settle');
}

/* The middle of the box in that row of a flame graph, at a part of its width. */
export async function pointIn(page, row, share = 0.1, which = 0) {
  const box = await page.locator('.flame').nth(which).boundingBox();
  const scrolled = await page.locator('.flame').nth(which).evaluate((element) => element.scrollTop);
  return { x: box.x + box.width * share, y: box.y + row * 18 + 9 - scrolled };
}

export async function tipAt(page, row, share, which) {
  const { x, y } = await pointIn(page, row, share, which);
  await page.mouse.move(x, y);
  await page.mouse.move(x + 1, y);
  await page.waitForSelector('#tip:not([hidden])');
  return page.locator('#tip').innerText();
}

export function param(page, name) {
  return new URL(page.url()).searchParams.get(name) || '';
}

export async function untilParam(page, name, value) {
  await until(() => (value instanceof RegExp ? value.test(param(page, name)) : param(page, name) === value), `${name}=${value}, not ${param(page, name)}`);
  await shown(page);
}

export function status(page, which = 0) {
  return page.locator('.flame-status').nth(which).textContent();
}

/* A menu of the bar, and one of its items. */
export async function choose(page, menu, item) {
  await page.click(`#${menu}`);
  await page.getByRole('menu').getByText(item, { exact: true }).click();
}

/* A profile of so many samples, as the benchmark makes it; null where its maker was not built. */
export function generated(samples) {
  const file = path.join(tmp, `generated-${samples}.pb.gz`);
  try {
    execFileSync(path.join(top, 'tests/bench/gen'), ['--out', file, '--samples', String(samples)], { stdio: 'ignore' });
    return file;
  } catch {
    return null;
  }
}

/* 99,600 boxes of half a pixel, all in sight. */
export function wideProfile() {
  const lines = [];
  for (let i = 0; i < 2490; i++) {
    lines.push(`${Array.from({ length: 40 }, (_, d) => `pkg${(i * 7 + d) % 37}.fn${i}_${d}`).join(';')} 1`);
  }
  return writeTemporary('wide.folded', `${lines.join('\n')}\n`);
}
