/* SPDX-License-Identifier: Apache-2.0 */
/* The interactive SVG and HTML that `cpa flame`, `cpa graph` and `cpa diff -o` write. */
import assert from 'node:assert/strict';
import { picture, test, testdata, writeTemporary } from './harness.js';

const CPU = testdata('go-cpu.pb.gz');
const HOSTILE = testdata('odd/hostile-names.pb');
const WORKER = '#frames > g:nth-child(3)';

/* Text of the tooltip, once it is shown. */
async function tip(page) {
  await page.waitForSelector('#tip[visibility=visible]');
  return page.locator('#tip').textContent();
}

async function search(page, text) {
  await page.fill('#search', text);
  return page.locator('#found').textContent();
}

/* Not inputValue(): in SVG the field is no HTML element to playwright. */
function searchText(page) {
  return page.$eval('#search', (field) => field.value);
}

/* Widths of the boxes that are shown. */
function widths(page) {
  return page.$$eval('#frames > g', (boxes) => boxes.map((g) => (getComputedStyle(g).display === 'none' ? 0 : Number(g.querySelector('rect').getAttribute('width')))));
}

/* Milliseconds from a click on the box to the layout that follows it; the best of a few. */
function zoomTime(page, selector) {
  return page.evaluate((at) => {
    const box = document.querySelector(at);
    let best = Infinity;
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      box.dispatchEvent(new MouseEvent('click', { bubbles: true }));
      document.documentElement.getBoundingClientRect();
      best = Math.min(best, performance.now() - start);
      document.getElementById('reset').click();
    }
    return best;
  }, selector);
}

for (const suffix of ['svg', 'html']) {
  test(`flame ${suffix}: hover, zoom, reset`, async (t) => {
    const page = await t.open(picture(`cpu.${suffix}`, 'flame', CPU));
    await page.hover(WORKER);
    assert.match(await tip(page), /\w\.\w+.*\d+(ms|s) \([\d.]+%\)/);
    const before = await widths(page);
    await page.click(WORKER);
    const zoomed = await widths(page);
    assert.ok(zoomed[2] > before[2] * 1.1, 'the box grows');
    assert.equal(zoomed[2], Math.max(...zoomed), 'to the whole width');
    assert.ok(zoomed.some((w, i) => w === 0 && before[i] > 0), 'others go');
    await page.click('#reset');
    assert.deepEqual(await widths(page), before);
    const ms = await zoomTime(page, WORKER);
    t.figure(`zoom of ${before.length} boxes: ${ms.toFixed(1)} ms`);
    assert.ok(ms < 100, `zoom took ${ms} ms`);
    await t.shot(page, `picture-flame-${suffix}`);
  });

  test(`flame ${suffix}: search`, async (t) => {
    const page = await t.open(picture(`cpu.${suffix}`, 'flame', CPU));
    assert.match(await search(page, 'runtime\\.mallocgc'), /^\d+ boxes: [\d.]+m?s, [\d.]+% \(self [\d.]+%\)$/);
    const hits = await page.locator('#frames > g.hit').count();
    assert.ok(hits > 0);
    await page.keyboard.press('Enter');
    assert.match(await tip(page), /mallocgc/);
    await page.keyboard.press('n');
    await page.keyboard.press('N');
    assert.match(await search(page, 'nothing like this'), /no match/);
    assert.match(await search(page, '(['), /not a regular expression/);
    assert.ok(await page.locator('#search.wrong').count() === 1);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#frames > g.hit').count(), 0);
    assert.equal(await searchText(page), '');
  });

  test(`flame ${suffix}: keyboard`, async (t) => {
    const page = await t.open(picture(`cpu.${suffix}`, 'flame', CPU));
    const before = await widths(page);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.getAttribute('#cursor', 'visibility'), 'visible');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    assert.notDeepEqual(await widths(page), before);
    await page.keyboard.press('u');
    await page.keyboard.press('Escape');
    assert.deepEqual(await widths(page), before);
    await page.keyboard.press('/');
    await page.keyboard.type('json');
    assert.equal(await searchText(page), 'json');
  });

  test(`graph ${suffix}: hover, wheel, drag, search, keyboard`, async (t) => {
    const page = await t.open(picture(`graph.${suffix}`, 'graph', CPU));
    const where = () => page.getAttribute('#world', 'transform');
    const node = '#world > g:has(.node) >> nth=3';
    await page.keyboard.press('0');
    await page.hover(node);
    assert.match(await tip(page), /\d+(ms|s) \([\d.]+%\), self/);
    assert.ok(await page.locator('#world > g.near').count() > 1, 'its edges stand out');
    await page.click(node);
    assert.equal(await page.locator('#world > g.chosen').count(), 1);
    let at = await where();
    await page.mouse.move(600, 500);
    await page.mouse.wheel(0, -300);
    await page.waitForFunction((old) => document.getElementById('world').getAttribute('transform') !== old, at);
    at = await where();
    await page.mouse.down();
    await page.mouse.move(500, 400, { steps: 4 });
    await page.mouse.up();
    assert.notEqual(await where(), at);
    assert.match(await search(page, 'mallocgc'), /^\d+ nodes?, self/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#world > g.chosen').count(), 0);
    await t.shot(page, `picture-graph-${suffix}`);
  });

  test(`diff ${suffix}: base, new, delta, ratio`, async (t) => {
    const page = await t.open(picture(`diff.${suffix}`, 'diff', testdata('go-cpu-old.pb.gz'), testdata('go-cpu-new.pb.gz')));
    await page.hover(WORKER);
    assert.match(await tip(page), /base .*new .*/);
    assert.match(await search(page, 'regexp'), /\u2192/);
    await page.click(WORKER);
    await page.click('#reset');
    await t.shot(page, `picture-diff-${suffix}`);
  });

  test(`hostile names: ${suffix}`, async (t) => {
    for (const report of ['flame', 'graph']) {
      const page = await t.open(picture(`hostile-${report}.${suffix}`, report, HOSTILE));
      assert.equal(await page.evaluate(() => document.querySelectorAll('img, iframe, b[onmouseover]').length), 0);
      const scripts = await page.evaluate(() => document.querySelectorAll('script').length);
      assert.equal(scripts, 2, 'data and viewer');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowRight');
      await search(page, 'script');
      await page.keyboard.press('Enter');
      await t.shot(page, `picture-hostile-${report}-${suffix}`);
    }
  });

  test(`10,000 frames deep: ${suffix}`, async (t) => {
    const stack = Array.from({ length: 10000 }, (_, i) => `f${i}`).join(';');
    const folded = writeTemporary('deep.folded', `${stack} 3\nf0;other 1\n`);
    const page = await t.open(picture(`deep.${suffix}`, 'flame', folded));
    await search(page, '^f9998$');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.scrollY > 50000);
    assert.match(await tip(page), /f9998/);
    const ms = await zoomTime(page, WORKER);
    t.figure(`zoom of 10,000 levels: ${ms.toFixed(1)} ms`);
    assert.ok(ms < 100, `zoom took ${ms} ms`);
    await t.shot(page, `picture-deep-${suffix}`);
  });
}

test('flame html: table and details', async (t) => {
  const page = await t.open(picture('cpu.html', 'flame', CPU));
  const column = () => page.$$eval('#functions tbody tr', (rows) => rows.map((r) => r.cells[2].textContent));
  const bySelf = await column();
  assert.ok(bySelf.length > 50);
  await page.click('#functions th:nth-child(2) button');
  const byCum = await column();
  assert.notDeepEqual(byCum, bySelf);
  assert.equal(await page.getAttribute('#functions th:nth-child(2)', 'aria-sort'), 'descending');
  await page.click('#functions th:nth-child(3) button');
  const byName = await page.$$eval('#functions tbody tr', (rows) => rows.map((r) => r.title.split('\n')[0]));
  assert.deepEqual(byName, byName.slice().sort());
  await page.click('#functions th:nth-child(1) button');
  await page.focus('#functions tbody tr');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.match(await page.locator('#details h2').textContent(), /\w/);
  assert.match(await page.locator('#details dl').textContent(), /everywhere/);
  assert.match(await searchText(page), /^\^.*\$$/);
  assert.ok(await page.locator('#frames > g.hit').count() > 0);
  await search(page, 'json');
  const filtered = await page.$$eval('#functions tbody tr', (rows) => rows.map((r) => r.title));
  assert.ok(filtered.length > 0 && filtered.every((name) => name.includes('json')));
  await page.click('#panel-button');
  assert.equal(await page.isVisible('#panel'), false);
});

test('flame html: dark and light', async (t) => {
  for (const dark of [false, true]) {
    const page = await t.open(picture('cpu.html', 'flame', CPU), { dark });
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const first = await paper();
    assert.equal(first, dark ? 'rgb(21, 24, 28)' : 'rgb(255, 255, 255)');
    await page.click('#theme');
    assert.notEqual(await paper(), first);
    await page.click('#theme');
    await t.axe(page);
    await page.click('#help-button');
    assert.ok(await page.isVisible('dialog'));
    await t.axe(page);
    await page.keyboard.press('Escape');
    assert.equal(await page.isVisible('dialog'), false);
    await t.shot(page, `picture-flame-${dark ? 'dark' : 'light'}`);
  }
});

test('graph html and diff html: no barrier, at 400 pixels too', async (t) => {
  for (const [name, ...args] of [['graph', 'graph', CPU], ['diff', 'diff', testdata('go-cpu-old.pb.gz'), testdata('go-cpu-new.pb.gz')]]) {
    for (const [width, dark] of [[1280, false], [400, true]]) {
      const page = await t.open(picture(`${name}.html`, ...args), { dark, width });
      await t.axe(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'no sideways scrolling');
      await t.shot(page, `picture-${name}-${width}-${dark ? 'dark' : 'light'}`);
    }
  }
});
