/* SPDX-License-Identifier: Apache-2.0 */
/* What is around the views: menus, options, configurations, downloads, details, keyboard, address. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test, until } from './harness.js';
import { CPU, HEAP, choose, openView, param, search, shown, untilParam } from './web.js';

test('web frame: views by menu, link and key; parameters are kept', async (t) => {
  const page = await openView(t, 'flamegraph?f=worker');
  await page.getByRole('navigation', { name: 'View' }).getByText('Top').click();
  await until(() => page.url().endsWith('/ui/top?f=worker'), 'top with the filter');
  await shown(page);
  assert.match(await page.title(), /shop cpu \u2013 Top/);
  await page.keyboard.press('1');
  await until(() => page.url().endsWith('/ui/flamegraph?f=worker'), 'the first view');
  await page.goBack();
  await until(() => page.url().endsWith('/ui/top?f=worker'), 'back');
  await page.setViewportSize({ width: 700, height: 700 });
  await choose(page, 'view-menu', 'Sandwich');
  await until(() => page.url().endsWith('/ui/sandwich?f=worker'), 'by the menu');
});

test('web frame: menus by keyboard', async (t) => {
  const page = await openView(t, 'flamegraph', { profile: HEAP });
  await page.focus('#sample-menu');
  await page.keyboard.press('Enter');
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  assert.match(await focused(), /alloc_objects/);
  await page.keyboard.press('ArrowDown');
  assert.match(await focused(), /alloc_space/);
  await page.keyboard.press('End');
  assert.match(await focused(), /inuse_space/);
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'sample-menu');
  assert.equal(await page.getByRole('menu').count(), 0);
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await untilParam(page, 'si', 'alloc_space');
});

test('web frame: refine menu needs something to refine', async (t) => {
  const page = await openView(t, 'flamegraph');
  await page.click('#refine-menu');
  assert.equal(await page.locator('[role=menuitem][aria-disabled=true]').count(), 6);
  await page.keyboard.press('Escape');
  await search(page, 'json');
  await page.click('#refine-menu');
  await page.getByRole('menuitem', { name: 'Focus' }).click();
  await untilParam(page, 'f', 'json');
  assert.equal(param(page, 'q'), '');
  await page.click('#refine-menu');
  await page.getByRole('menuitem', { name: 'Reset' }).click();
  await untilParam(page, 'f', '');
});

test('web frame: selection as pprof quotes it', async (t) => {
  const page = await openView(t, 'top');
  await page.locator('.tr', { hasText: 'encoding/json.(*Decoder).readValue' }).click();
  await page.locator('.tr', { hasText: 'main.pathWeight' }).click({ modifiers: ['Control'] });
  await page.keyboard.press('Alt+h');
  await untilParam(page, 'h', '^encoding/json\\.\\(\\*Decoder\\)\\.readValue$|^main\\.pathWeight$');
});

test('web frame: options', async (t) => {
  const page = await openView(t, 'graph');
  await page.keyboard.press('o');
  const panel = page.locator('#options');
  assert.ok(await panel.locator('.option').count() > 30);
  assert.ok(await panel.locator('.help').first().textContent());
  await page.fill('#option-n', '5');
  await page.keyboard.press('Enter');
  await untilParam(page, 'n', '5');
  await until(async () => /Showing top [45] nodes/.test(await page.locator('.tools').textContent()), 'five nodes');
  await page.click('#option-noinlines');
  await untilParam(page, 'noinlines', 't');
  await page.selectOption('#option-g', 'files');
  await untilParam(page, 'g', 'files');
  assert.equal(await page.locator('.chip').count(), 3);
  await t.axe(page);
  await t.shot(page, 'web-options');
  await panel.getByText('Reset all').click();
  await until(() => !page.url().includes('?'), 'all as at the start');
  await page.keyboard.press('Escape');
});

test('web frame: a wrong option is a message', async (t) => {
  const page = await openView(t, 'top?n=many', { expect: [/Failed to load resource/, /^400 from/] });
  assert.match(await page.locator('#problem').innerText(), /nodecount/);
  await page.getByText('Without filters').click();
  await shown(page);
  await page.waitForSelector('.tr');
});

test('web frame: details of the profile', async (t) => {
  const page = await openView(t, 'flamegraph?f=json');
  await page.click('#title');
  assert.match(await page.locator('#details').innerText(), /Build ID[\s\S]*301109[\s\S]*Duration[\s\S]*focus=json/);
  await t.shot(page, 'web-details');
  await page.keyboard.press('d');
  assert.equal(await page.isVisible('#details'), false);
});

test('web frame: help on keys', async (t) => {
  const page = await openView(t, 'flamegraph');
  await page.keyboard.press('?');
  assert.match(await page.getByRole('dialog').innerText(), /pivot[\s\S]*Everywhere[\s\S]*regular expression/i);
  await t.axe(page);
  await t.shot(page, 'web-keys');
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('web frame: save, load and delete a configuration', async (t) => {
  const page = await openView(t, 'top?f=main', { profile: [CPU, '-nodefraction=0.004'] });
  await page.click('#config-menu');
  await page.getByRole('menuitem', { name: 'Save as' }).click();
  await page.fill('#config-name', 'only main');
  await t.axe(page);
  await page.keyboard.press('Enter');
  await until(async () => await page.getByRole('dialog').count() === 0, 'saved');
  await page.goto(page.url().replace(/\?.*/, ''));
  await shown(page);
  await choose(page, 'config-menu', 'only main');
  await untilParam(page, 'f', 'main');
  await page.click('#config-menu');
  assert.match(await page.locator('[role=menuitemradio][aria-checked=true]').textContent(), /only main/);
  await page.getByRole('menuitemradio', { name: 'Default' }).click();
  await untilParam(page, 'f', '');
  await page.click('#config-menu');
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await until(async () => await page.getByRole('dialog').count() === 0, 'deleted');
  await page.click('#config-menu');
  assert.equal(await page.getByRole('menuitemradio').count(), 1);
});

test('web frame: downloads', async (t) => {
  const page = await openView(t, 'flamegraph?f=json');
  const sizes = {};
  for (const [item, name] of [['Whole profile', /\.pb\.gz$/], ['Profile with these filters', /\.pb\.gz$/], ['Folded stacks', /\.folded$/], ['Data of this view', /\.json$/], ['Page that works offline', /\.html$/]]) {
    await page.click('#download-menu');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()]);
    assert.match(download.suggestedFilename(), name);
    sizes[item] = statSync(await download.path()).size;
    assert.ok(sizes[item] > 500, item);
  }
  assert.ok(sizes['Profile with these filters'] < sizes['Whole profile']);
  await page.click('#download-menu');
  await t.shot(page, 'web-download');
});

test('web frame: an address is a view', async (t) => {
  const page = await openView(t, 'flamegraph?f=json&q=decode&up=t');
  assert.equal(await page.inputValue('#search'), 'decode');
  assert.match(await page.locator('#found').textContent(), /boxes/);
  assert.equal(await page.getByRole('button', { name: 'Upright' }).getAttribute('aria-pressed'), 'true');
  await page.keyboard.press('Escape');
  await until(() => !page.url().includes('q='), 'no search');
  const redirected = await openView(t, 'flamegraph2?f=json');
  assert.ok(redirected.url().endsWith('/ui/flamegraph?f=json'));
});

test('web frame: chips, focus order, skip link', async (t) => {
  const page = await openView(t, 'flamegraph?f=worker&i=json&noinlines=t');
  assert.deepEqual(await page.locator('.chip').evaluateAll((chips) => chips.map((chip) => chip.title)), ['focus: worker', 'ignore: json', 'noinlines: t']);
  await page.locator('.chip button').nth(1).click();
  await untilParam(page, 'i', '');
  assert.equal(await page.evaluate(() => document.activeElement.closest('.chip') !== null), true, 'focus stays in the chips');
  await page.reload();
  await shown(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the view');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.getElementById('view').contains(document.activeElement)));
});

test('web frame: the server has gone', async (t) => {
  const page = await openView(t, 'top', { expect: [/./] });
  await page.context().setOffline(true);
  await page.keyboard.press('1');
  await until(async () => /does not answer/.test(await page.locator('#problem').innerText()), 'a message');
  await page.context().setOffline(false);
});
