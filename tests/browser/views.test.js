/* SPDX-License-Identifier: Apache-2.0 */
/* The views of the web interface besides the flame graph. */
import assert from 'node:assert/strict';
import { test, until } from './harness.js';
import { CPU, DIFF, HEAP, HOSTILE, VIEWS, openView, param, search, says, shown, status, tipAt, untilParam } from './web.js';

const TOP_OF = { peek: 'peek?f=mallocgc', source: 'source?f=pathWeight', disasm: 'disasm?f=pathWeight' };

/* Answers that say "not here" are part of these views. */
const EXPECT = [/Failed to load resource/, /^(404|400|501) from/];

/* --- Graph -------------------------------------------------------------------------------------- */

test('web graph: pointer, wheel, drag, pinch, select, search', async (t) => {
  const page = await openView(t, 'graph');
  const where = () => page.getAttribute('#world', 'transform');
  const nodes = page.locator('#world > g:has(.node)');
  await nodes.nth(2).hover();
  await page.waitForSelector('#tip:not([hidden])');
  assert.match(await page.locator('#tip').innerText(), /\(\d.*%\), self/);
  assert.ok(await page.locator('#world > g.near').count() > 1);
  let at = await where();
  await page.mouse.wheel(0, -400);
  await until(async () => await where() !== at, 'the wheel zooms');
  await page.keyboard.press('0');
  await nodes.nth(2).click();
  assert.equal(await page.locator('#world > g.chosen').count(), 1);
  assert.match(await page.locator('#refine-menu').textContent(), /1/);
  await nodes.nth(4).click({ modifiers: ['Control'] });
  assert.equal(await page.locator('#world > g.chosen').count(), 2);
  at = await where();
  await page.mouse.move(200, 300);
  await page.mouse.down();
  await page.mouse.move(300, 350, { steps: 5 });
  await page.mouse.up();
  assert.notEqual(await where(), at);
  assert.equal(await page.locator('#world > g.chosen').count(), 2, 'a drag leaves the selection alone');
  at = await where();
  await page.locator('.graph').evaluate((element) => {
    const send = (type, id, x) => element.dispatchEvent(new PointerEvent(type, { pointerId: id, pointerType: 'touch', isPrimary: id === 1, button: 0, clientX: x, clientY: 400, bubbles: true }));
    send('pointerdown', 1, 400);
    send('pointerdown', 2, 500);
    send('pointermove', 2, 700);
    send('pointerup', 1, 400);
    send('pointerup', 2, 700);
  });
  assert.ok(Number(/scale\((.*)\)/.exec(await where())[1]) > Number(/scale\((.*)\)/.exec(at)[1]) * 1.5, 'two fingers zoom');
  await t.shot(page, 'web-graph-selected');
  assert.match(await search(page, 'mallocgc'), /^\d+ nodes?, self/);
  await page.getByRole('button', { name: 'Next match' }).click();
  assert.match(await status(page), /mallocgc/);
  await page.focus('#search');
  await page.keyboard.press('Enter');
  await untilParam(page, 'f', 'mallocgc');
});

test('web graph: refine from the selection', async (t) => {
  const page = await openView(t, 'graph');
  const nodes = page.locator('#world > g:has(.node)');
  await nodes.nth(2).click();
  await nodes.nth(3).click({ modifiers: ['Control'] });
  await page.click('#refine-menu');
  await page.getByRole('menuitem', { name: 'Focus' }).click();
  await untilParam(page, 'f', /^\^.*\$\|\^.*\$$/);
  const pane = await page.locator('.graph').boundingBox();
  const svg = await page.locator('.graph-svg').boundingBox();
  assert.ok(Math.abs(svg.width - pane.width) < 2 && Math.abs(svg.height - pane.height) < 2, 'the new picture fills the pane');
  await page.locator('.graph').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Alt+i');
  await untilParam(page, 'i', /^\^.*\$$/);
  const first = param(page, 'i');
  await page.locator('.graph').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Alt+i');
  await untilParam(page, 'i', /\|/);
  assert.ok(param(page, 'i').startsWith(`${first}|`), 'ignore adds');
});

/* --- Top ---------------------------------------------------------------------------------------- */

function column(page, n) {
  return page.$$eval('.tr', (rows, at) => rows.map((row) => row.children[at].textContent), n);
}

/* Waits for so many selected rows. */
function selected(page, n) {
  return until(async () => await page.locator('.tr[aria-selected=true]').count() === n, `${n} selected`);
}

test('web top: sort, filter, select, all sample types', async (t) => {
  const page = await openView(t, 'top', { profile: HEAP });
  const cums = async () => (await column(page, 3)).map(parseFloat); /* percent */
  await page.click('[data-sort=cum]');
  const sorted = await cums();
  assert.deepEqual(sorted, sorted.slice().sort((a, b) => b - a));
  assert.equal(param(page, 'col'), 'cum');
  await page.click('[data-sort=cum]');
  assert.equal(await page.locator('[role=columnheader][aria-sort=ascending]').textContent(), 'Cum');
  await page.click('[data-sort=name]');
  const names = await column(page, 4);
  assert.equal(names[0], names.slice().sort(new Intl.Collator('en').compare)[0]);
  await page.fill('.tools input', 'json');
  await until(async () => {
    const left = await column(page, 4); /* none at all while rows are drawn anew */
    return left.length > 0 && left.every((name) => /json/i.test(name));
  }, 'the filter');
  await page.fill('.tools input', '');
  await page.locator('.tr').first().click();
  await selected(page, 1);
  await page.locator('.tr').nth(2).click({ modifiers: ['Control'] });
  await selected(page, 2);
  await page.getByText('All sample types').click();
  await untilParam(page, 'types', 'all');
  const heads = await page.locator('.th').allTextContents();
  assert.ok(heads.includes('alloc_objects flat') && heads.includes('alloc_space cum'), heads.join());
  await t.shot(page, 'web-top-types');
  await page.locator('.table-body').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await until(async () => /flat .*, cumulative/.test(await page.locator('#live').textContent()), 'the row is announced');
  await page.keyboard.press('m');
  await page.getByRole('menuitem', { name: 'Peek' }).click();
  await until(() => page.url().includes('/ui/peek'), 'peek');
});

test('web top: only rows in sight exist', async (t) => {
  const lines = Array.from({ length: 20000 }, (_, i) => `main;f${i} ${i + 1}`).join('\n');
  const { writeTemporary } = await import('./harness.js');
  const page = await openView(t, 'top', { profile: writeTemporary('many.folded', `${lines}\n`) });
  assert.ok(await page.locator('.tr').count() < 100);
  await page.locator('.table-body').evaluate((element) => {
    element.scrollTop = element.scrollHeight;
  });
  await until(async () => (await column(page, 4)).some((name) => name === 'f0 ' || name === 'f0' || name === 'main '), 'the last row');
  assert.ok(await page.locator('.tr').count() < 100);
});

test('web top: search selects, refine', async (t) => {
  const page = await openView(t, 'top');
  assert.match(await search(page, 'json'), /^\d+ functions: flat .* \(\d/);
  await until(async () => await page.locator('.tr[aria-selected=true]').count() > 3, 'matches are selected');
  await page.keyboard.press('Escape');
  await page.locator('.tr', { hasText: 'main.pathWeight' }).click();
  await page.click('#refine-menu');
  await page.getByRole('menuitem', { name: 'Show from' }).click();
  await untilParam(page, 'sf', '^main\\.pathWeight$');
  assert.equal(await page.locator('.chip').count(), 1);
  await page.locator('.chip button').click();
  await untilParam(page, 'sf', '');
});

/* --- Peek, source, tags ------------------------------------------------------------------------- */

test('web peek: callers, callees, links', async (t) => {
  const page = await openView(t, 'peek?f=mallocgc');
  assert.match(await page.locator('.peek').textContent(), /runtime\.mallocgc/);
  assert.match(await search(page, 'growslice'), /^\d+ blocks?$/);
  await page.keyboard.press('Escape');
  await page.locator('.peek a', { hasText: /^runtime\.newobject$/ }).first().click();
  await untilParam(page, 'f', '^runtime\\.newobject$');
  assert.match(await page.locator('.peek-main').first().textContent(), /newobject/);
  await page.fill('#about', 'Compare');
  await page.keyboard.press('Enter');
  await untilParam(page, 'f', 'Compare');
  await t.shot(page, 'web-peek');
});

test('web source and disassemble: rows or a reason', async (t) => {
  for (const view of ['source', 'disasm']) {
    const page = await openView(t, view, { expect: EXPECT });
    await page.locator('.suggest a', { hasText: 'main.pathWeight' }).click();
    await untilParam(page, 'f', '^main\\.pathWeight$');
    const text = await page.locator('.source').innerText();
    assert.ok(/No (source|disassembly) to show\.\n\n\S+/.test(text) || /main\.pathWeight/.test(text), text);
    const lines = page.locator('.unfold');
    if (await lines.count() > 0) {
      await lines.first().click();
      assert.ok(await page.locator('.code-line.asm').count() > 0, 'a line shows its instructions');
      await lines.first().click();
      assert.equal(await page.locator('.code-line.asm').count(), 0);
    }
    await t.shot(page, `web-${view}`);
  }
});

test('web tags: weights, focus, ignore, group', async (t) => {
  const page = await openView(t, 'tags');
  assert.deepEqual(await page.locator('.card h2').allTextContents(), ['shard', 'stage', 'tenant']);
  await page.getByRole('button', { name: /^decode/ }).click();
  await page.getByRole('menuitem', { name: 'Focus' }).click();
  await untilParam(page, 'tf', 'stage=^decode$');
  await until(async () => await page.locator('.card', { hasText: 'stage' }).locator('li').count() === 1, 'only one is left');
  await page.locator('.chip button').first().click();
  await untilParam(page, 'tf', '');
  await page.getByRole('button', { name: /^rank/ }).click();
  await page.getByRole('menuitem', { name: 'Ignore' }).click();
  await untilParam(page, 'ti', 'stage=^rank$');
  await page.goBack();
  await page.locator('.card', { hasText: 'tenant' }).getByText('Group at root').click();
  await untilParam(page, 'tagroot', 'tenant');
  await page.locator('.card', { hasText: 'stage' }).getByText('Group at root').click();
  await untilParam(page, 'tagroot', 'tenant,stage');
  await page.getByRole('button', { name: 'stage earlier' }).click();
  await untilParam(page, 'tagroot', 'stage,tenant');
  await t.shot(page, 'web-tags');
  await page.keyboard.press('1');
  await until(() => page.url().includes('/ui/flamegraph'), 'the flame graph');
  await shown(page);
  assert.match(await tipAt(page, 1), /decode|stage/);
});

/* --- Diff, sandwich ----------------------------------------------------------------------------- */

test('web diff: flame graph, table, normalized, palette', async (t) => {
  const page = await openView(t, 'diff', { profile: DIFF });
  assert.match(await page.locator('.diff-totals').textContent(), /base 5\.45s .* new 3\.19s/);
  assert.match(await tipAt(page, 1), /base .* new /);
  const deltas = (await column(page, 2)).map((text) => Math.abs(parseFloat(text.replace('\u2212', '-'))));
  assert.deepEqual(deltas, deltas.slice().sort((a, b) => b - a));
  assert.ok((await column(page, 3)).includes('gone') && (await column(page, 3)).includes('new'));
  await t.shot(page, 'web-diff');
  await page.getByText('Normalized').click();
  await untilParam(page, 'norm', 't');
  await page.getByLabel('Colours').selectOption('classic');
  await untilParam(page, 'palette', 'classic');
  await page.getByLabel('Widths').selectOption('new');
  await untilParam(page, 'diffwidth', 'new');
  await page.getByRole('button', { name: 'Table' }).click();
  await untilParam(page, 'mode', 'table');
  assert.equal(await page.isVisible('.flame'), false);
  await page.locator('.diff-totals a', { hasText: 'Graph' }).click();
  await shown(page);
  await page.waitForSelector('#world');
  await t.shot(page, 'web-diff-graph');
});

test('web sandwich: callers and callees of one function', async (t) => {
  const page = await openView(t, 'sandwich?fn=runtime.mallocgc');
  assert.equal(await page.locator('.flame').count(), 2);
  assert.match(await page.locator('.sandwich-panes .tools').textContent(), /runtime\.mallocgc.*520ms|0\.52s/);
  await t.shot(page, 'web-sandwich');
  await page.locator('.tr', { hasText: 'main.pathWeight' }).click();
  await untilParam(page, 'fn', 'main.pathWeight');
  assert.match(await search(page, 'json'), /functions, self/);
  assert.equal(await says(page) !== '', true);
});

/* --- All ---------------------------------------------------------------------------------------- */

test('web: every view without barrier, light and dark', async (t) => {
  for (const view of VIEWS.filter((one) => one !== 'flamegraph')) {
    for (const [width, dark] of [[1280, false], [400, true]]) {
      const page = await openView(t, TOP_OF[view] || view, { width, dark, expect: EXPECT });
      await t.axe(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${view}: no sideways scrolling`);
      await t.shot(page, `web-${view}-${width}-${dark ? 'dark' : 'light'}`);
      await page.close();
    }
  }
  for (const [width, dark] of [[1280, true], [400, false]]) {
    const page = await openView(t, 'diff', { profile: DIFF, width, dark });
    await t.axe(page);
    await t.shot(page, `web-diff-${width}-${dark ? 'dark' : 'light'}`);
  }
});

test('web: hostile names in every view', async (t) => {
  for (const view of VIEWS) {
    const page = await openView(t, view === 'peek' ? 'peek?f=.' : view, { profile: HOSTILE, expect: EXPECT });
    const odd = await page.evaluate(() => [...document.querySelectorAll('script, img, iframe, object, embed, [onerror], [onload], [onclick], [style*=url]')].map((one) => one.outerHTML));
    assert.deepEqual(odd.filter((html) => !/^<(script type="module" src="static\/main\.js"|img src="static\/icon\.svg")/.test(html)), [], view);
    await t.shot(page, `web-hostile-${view}`);
    await page.close();
  }
});

test('web: nothing is left by filters', async (t) => {
  for (const view of VIEWS) {
    const page = await openView(t, `${view}?f=no_such_function`, { profile: CPU, expect: EXPECT });
    assert.match(await page.locator('main').innerText(), /\S/);
    await page.close();
  }
});
