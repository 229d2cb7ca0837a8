/* SPDX-License-Identifier: Apache-2.0 */
/* Links as pprof's pages write them, and the search box as its users know it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpa, test, testdata, until, writeTemporary } from './harness.js';
import { CPU, HEAP, HOSTILE, openView, param, pointIn, search, says, shown, status, tipAt, untilParam } from './web.js';

const PIVOT = encodeURIComponent('^runtime\\.mallocgc$');

/* The line that says what a pivot weighs. */
async function pivotLine(page) {
  await page.locator('.flame').focus();
  await page.keyboard.press('ArrowDown');
  return until(() => status(page), 'the status of a box');
}

test('web links: p of pprof is the name of a function', async (t) => {
  for (const options of ['', '&g=functions', '&g=filefunctions', '&g=lines', '&g=addresses']) {
    const page = await openView(t, `flamegraph?p=${PIVOT}${options}`);
    assert.match(await pivotLine(page), /through the pivot.*520ms \(15\.7%\)/, options);
    await page.close();
  }
});

test('web links: several p, and those that pprof tells apart by number', async (t) => {
  const page = await openView(t, `flamegraph?p=${encodeURIComponent('^main\\.pathWeight$')}&p=${PIVOT}`);
  assert.match(await pivotLine(page), /through the pivot.*690ms/);
  assert.match(await page.locator('.chip').innerText(), /pathWeight.*mallocgc/);
  await page.locator('.chip button').click();
  await untilParam(page, 'p', '');
  const same = await openView(t, `flamegraph?p=${encodeURIComponent('^runtime\\.mallocgc#12$')}`);
  assert.match(await pivotLine(same), /through the pivot.*520ms/);
  const none = await openView(t, 'flamegraph?p=nothing_like_it');
  assert.match(await none.locator('#problem').innerText(), /no function of this view matches/);
});

test('web links: a click pivots with a link that pprof understands', async (t) => {
  const page = await openView(t, 'flamegraph');
  const { x, y } = await pointIn(page, 2, 0.2);
  const name = (await tipAt(page, 2, 0.2)).split('\n')[0];
  await page.mouse.click(x, y);
  await until(async () => param(page, 'p') !== '', 'a pivot');
  assert.ok(new RegExp(param(page, 'p')).test(name), param(page, 'p'));
  assert.match(param(page, 'p'), /^\^.*\$$/);
});

test('web links: a search for ^name$ finds it in every view, at every granularity', async (t) => {
  for (const view of ['flamegraph', 'top', 'graph', `peek?f=${PIVOT}`, 'sandwich']) {
    for (const g of ['functions', 'addresses']) {
      const page = await openView(t, `${view}${view.includes('?') ? '&' : '?'}g=${g}&n=400`);
      assert.match(await search(page, '^runtime\\.mallocgc$'), /^[1-9]/, `${view} ${g}`);
      await page.close();
    }
  }
});

test('web links: Enter in the search box', async (t) => {
  const page = await openView(t, 'flamegraph');
  await search(page, '^runtime\\.mallocgc$');
  await page.keyboard.press('ArrowDown');
  assert.match(await status(page), /^runtime\.mallocgc/);
  await page.keyboard.press('Shift+Enter');
  assert.equal(param(page, 'p'), '');
  await page.focus('#search');
  await page.keyboard.press('Enter');
  await untilParam(page, 'p', '^runtime\\.mallocgc$');
  assert.equal(await page.inputValue('#search'), '');
  assert.equal(param(page, 'q'), '');
  await page.focus('#search');
  await page.keyboard.press('Enter');
  await untilParam(page, 'p', '');
  /* Case matters to the server: what is found only without it is asked for so. */
  await search(page, 'mallocgc');
  await page.keyboard.press('Enter');
  await untilParam(page, 'p', 'mallocgc');
  await search(page, 'pathweight');
  await page.keyboard.press('Enter');
  await untilParam(page, 'p', '(?i)pathweight');
  await page.keyboard.press('3');
  await page.focus('#search');
  await page.fill('#search', '([');
  await page.keyboard.press('Enter');
  assert.match(await says(page), /^Not a regular expression/);
});

test('web links: views about functions begin with what is pivoted on, selected or searched for', async (t) => {
  const expect = [/Failed to load resource/, /^(404|400|501) from/];
  const page = await openView(t, `flamegraph?p=${PIVOT}`, { expect });
  await page.locator('.flame').focus();
  await page.keyboard.press('4');
  await untilParam(page, 'f', '^runtime\\.mallocgc$');
  await until(() => page.url().includes('/ui/peek'), 'peek');
  const top = await openView(t, 'top', { expect });
  await top.locator('.tr', { hasText: 'main.pathWeight' }).click();
  assert.match(await top.locator('#views a', { hasText: 'Source' }).getAttribute('href'), /^source\?f=%5Emain%5C\.pathWeight%24$/);
  await top.locator('#views a', { hasText: 'Sandwich' }).click();
  await untilParam(top, 'fn', 'main.pathWeight');
  await top.goBack();
  await shown(top);
  await search(top, 'pathWeight');
  await top.locator('#views a', { hasText: 'Source' }).click();
  await untilParam(top, 'f', /pathWeight/);
});

test('web links: a search beside a pivot counts both sides', async (t) => {
  const page = await openView(t, `flamegraph?p=${PIVOT}`);
  assert.match(await search(page, '^runtime\\.growslice$'), /^\d+ box(es)?: callers \d+ms \(\d+\.\d%\), callees 0/);
  assert.match(await search(page, '^runtime\\.mallocgc$'), /callees 520ms \(15\.7%\)$/);
});

test('web: numbers of the table are those of the text report', async (t) => {
  for (const profile of [CPU, HEAP]) {
    const page = await openView(t, 'top', { profile });
    const rows = await page.$$eval('.tr', (all) => all.slice(0, 20).map((row) => [0, 2, 4].map((i) => row.children[i].textContent.trim())));
    const lines = execFileSync(cpa, ['top', '-color=never', '-nodecount=500', profile], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n');
    const at = lines.findIndex((line) => /^ +flat +flat%/.test(line)) + 1;
    const want = lines.slice(at, at + rows.length).map((line) => /^ *(\S+) +\S+ +\S+ +(\S+) +\S+ +(.*?) *$/.exec(line).slice(1));
    assert.deepEqual(rows, want);
  }
});

/* --- What was wrong once ------------------------------------------------------------------------ */

test('web flame: a mean has its divisors where blocks open', async (t) => {
  const lines = Array.from({ length: 4000 }, (_, i) => `main;many;f${i} ${1 + (i % 3)}`);
  const folded = writeTemporary('mean.folded', `main;wide 30000\n${lines.join('\n')}\n`);
  const page = await openView(t, 'flamegraph?mean=t', { profile: HEAP });
  const before = await tipAt(page, 1, 0.1);
  assert.match(before, /\d/);
  assert.doesNotMatch(before, /NaN|Infinity|undefined/);
  const narrow = await openView(t, 'flamegraph?mean=t', { profile: folded });
  await tipAt(narrow, 3, 0.9);
  assert.match(await narrow.locator('#tip').innerText(), /^\+4,000 more\n1( |$)/m);
  const { x, y } = await pointIn(narrow, 3, 0.9);
  await narrow.mouse.click(x, y);
  await until(async () => /^f\d+\n1\b/.test(await tipAt(narrow, 3, 0.1)), 'the block opens, each of it weighs 1 in the mean');
});

test('web flame: a package keeps its colour when the rest is filtered away', async (t) => {
  const colours = (page) => page.$$eval('.legend-item', (items) => Object.fromEntries(items.map((item) => [item.title.replace(/ [\d.<]+%$/, ''), item.querySelector('i').style.backgroundColor])));
  const page = await openView(t, 'flamegraph', { profile: CPU });
  const all = await colours(page);
  await search(page, 'json');
  await page.locator('.flame').focus();
  await page.keyboard.press('Alt+f');
  await untilParam(page, 'f', 'json');
  const some = await colours(page);
  const shared = Object.keys(some).filter((name) => name in all);
  assert.ok(shared.length > 2, shared.join());
  shared.forEach((name) => assert.equal(some[name], all[name], name));
});

test('web: binaries without symbols can be refined by', async (t) => {
  const page = await openView(t, 'top', { profile: ['-symbolize=none', testdata('cpp-cpu.prof')] });
  const row = page.locator('.tr', { hasText: /\[.+\]/ }).first();
  await row.click();
  const name = /\[(.+?)\]/.exec(await row.textContent())[1];
  await page.keyboard.press('Alt+f');
  await until(() => param(page, 'f') !== '', 'a focus');
  await shown(page);
  assert.ok(new RegExp(param(page, 'f')).test(`/usr/bin/${name}`), param(page, 'f'));
  assert.ok(await page.locator('.tr').count() > 0);
});

test('web: names with NUL and bytes that are no text can be chosen', async (t) => {
  const page = await openView(t, 'top', { profile: HOSTILE });
  const names = await page.$$eval('.tr', (rows) => rows.map((row) => row.lastElementChild.textContent.trim()));
  const odd = names.filter((name) => name.includes('\ufffd'));
  assert.ok(odd.length > 0, names.join('|'));
  for (const name of odd) {
    const one = await openView(t, `sandwich?fn=${encodeURIComponent(name)}`, { profile: HOSTILE });
    assert.equal(await one.locator('#problem').innerText(), '', name);
    assert.equal(await one.locator('.flame').count(), 2);
    await shown(one);
    await one.close();
  }
});
