/* SPDX-License-Identifier: Apache-2.0 */
/* The flame graph view of the web interface. */
import assert from 'node:assert/strict';
import { test, until, writeTemporary } from './harness.js';
import { DIFF, HEAP, HOSTILE, choose, generated, openView, param, pointIn, search, shown, status, tipAt, untilParam, wideProfile } from './web.js';

test('web flame: hover', async (t) => {
  const page = await openView(t, 'flamegraph');
  assert.match(await tipAt(page, 1), /^sync\.\(\*WaitGroup\)\.Go\.func1\n3\.08s \(92\.8%\)/);
  assert.match(await tipAt(page, 0), /^all 3\.32s \(100%\)/);
  await page.mouse.move(5, 5);
  assert.equal(await page.isVisible('#tip'), false);
  await t.shot(page, 'web-flame');
});

test('web flame: means', async (t) => {
  const page = await openView(t, 'flamegraph?mean=t', { profile: [HEAP] });
  assert.match(await tipAt(page, 0), /^all 1B\n1B/);
  assert.match(await tipAt(page, 14, 0.1), /^reflect\.mapassign_faststr0\n36B, self 36B/);
  assert.doesNotMatch(await page.locator('.legend').textContent(), /%/);
});

test('web flame: zoom by wheel, pan by drag, reset', async (t) => {
  const page = await openView(t, 'flamegraph');
  const { x, y } = await pointIn(page, 5, 0.4);
  const before = await tipAt(page, 3, 0.9);
  await page.mouse.move(x, y);
  for (let i = 0; i < 12; i++) {
    await page.mouse.wheel(0, -200);
  }
  const zoomed = await until(async () => {
    const now = await tipAt(page, 3, 0.9);
    return now !== before && now;
  }, 'the wheel zooms');
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 900, y, { steps: 6 });
  await page.mouse.up();
  await page.mouse.move(x - 300, y);
  await page.mouse.down();
  await page.mouse.move(x - 900, y, { steps: 6 });
  await page.mouse.up();
  await until(async () => (await tipAt(page, 5, 0.9)) !== '', 'a box after the drag');
  await page.keyboard.press('0');
  await until(async () => (await tipAt(page, 3, 0.9)) === before, 'reset');
  assert.notEqual(zoomed, before);
});

test('web flame: click pivots, callers above and callees below; back and forward', async (t) => {
  const page = await openView(t, 'flamegraph');
  await search(page, 'runtime\\.mallocgc ');
  await page.keyboard.press('ArrowDown');
  assert.match(await status(page), /runtime\.mallocgc/);
  await page.locator('.flame').focus();
  await page.keyboard.press('Enter');
  await untilParam(page, 'p', /mallocgc/);
  await page.fill('#search', '');
  await until(async () => param(page, 'q') === '', 'no search');
  /* All calls of it, wherever: 0.52 s. */
  await page.locator('.flame').focus();
  await page.keyboard.press('ArrowDown');
  assert.match(await status(page), /through the pivot.*520ms \(15\.7%\)/);
  await page.keyboard.press('ArrowDown');
  assert.match(await status(page), /^runtime\.mallocgc520ms/);
  await page.keyboard.press('ArrowDown');
  assert.match(await status(page), /mallocgcSmallScanNoHeader330ms/);
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp']) {
    await page.keyboard.press(key);
  }
  assert.match(await status(page), /^runtime\.\w+\d+ms/);
  await t.shot(page, 'web-flame-pivot');
  const link = page.url();
  await page.goBack();
  await untilParam(page, 'p', '');
  await page.goForward();
  await untilParam(page, 'p', /mallocgc/);
  assert.equal(page.url(), link);
});

test('web flame: shift and click zooms, is in the address', async (t) => {
  const page = await openView(t, 'flamegraph');
  const { x, y } = await pointIn(page, 6, 0.45);
  await page.mouse.move(x, y);
  const name = (await tipAt(page, 6, 0.45)).split('\n')[0];
  await page.keyboard.down('Shift');
  await page.mouse.click(x, y);
  await page.keyboard.up('Shift');
  await untilParam(page, 'z', /\d/);
  await until(async () => (await tipAt(page, 6, 0.02)).startsWith(name) && (await tipAt(page, 6, 0.98)).startsWith(name), 'the box is as wide as the window');
  const copy = await openView(t, page.url().replace(/.*\/ui\//, ''));
  await until(async () => (await tipAt(copy, 6, 0.98)).startsWith(name), 'a copied link shows the same');
  await page.keyboard.press('Escape');
  await untilParam(page, 'z', '');
});

test('web flame: search', async (t) => {
  const page = await openView(t, 'flamegraph');
  assert.match(await search(page, 'json'), /^\d+ boxes: 1\.\d+s \(\d\d\.\d%\), self \d+\.\d%$/);
  await page.keyboard.press('ArrowDown');
  const first = await status(page);
  assert.match(first, /json/);
  await page.locator('.flame').focus();
  await page.keyboard.press('n');
  assert.notEqual(await status(page), first);
  await page.keyboard.press('N');
  assert.equal(await status(page), first);
  assert.equal(param(page, 'q'), 'json');
  assert.match(await search(page, '(['), /^Not a regular expression/);
  assert.equal(await page.getAttribute('#search', 'aria-invalid'), 'true');
  assert.match(await search(page, 'nothing like it'), /no match/);
  await page.reload();
  await shown(page);
  assert.equal(await page.inputValue('#search'), 'nothing like it');
});

test('web flame: keyboard and what a screen reader is told', async (t) => {
  const page = await openView(t, 'flamegraph');
  await page.locator('.flame').focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) {
    await page.keyboard.press(key);
  }
  assert.match(await status(page), /main\.worker/);
  await until(async () => /main\.worker, .*level 3/.test(await page.locator('#live').textContent()), 'the box is announced');
  await page.keyboard.press('ArrowRight');
  assert.match(await status(page), /main\.client/);
  await page.keyboard.press('ArrowUp');
  assert.match(await status(page), /main\.main\.func1/);
  await page.keyboard.press('z');
  await untilParam(page, 'z', /\d/);
  await page.keyboard.press('u');
  await untilParam(page, 'z', '0.1');
  await page.keyboard.press('i');
  await untilParam(page, 'up', 't');
  await page.keyboard.press('i');
  await untilParam(page, 'up', '');
  await page.keyboard.press('b');
  await untilParam(page, 'reverse', 't');
  await page.keyboard.press('b');
  await page.keyboard.press('c');
  await untilParam(page, 'collapse', 't');
});

test('web flame: menu of a box', async (t) => {
  const page = await openView(t, 'flamegraph');
  const { x, y } = await pointIn(page, 5, 0.45);
  const menu = page.getByRole('menu');
  await page.mouse.click(x, y, { button: 'right' });
  await t.shot(page, 'web-flame-menu');
  assert.deepEqual(await menu.getByRole('menuitem').allTextContents(), ['Pivot: all callers and calleesEnter', 'Zoom to this boxz', 'Focus', 'Ignore', 'Hide', 'Show', 'Show from', 'Show source', 'Disassemble', 'Peek', 'Sandwich', 'Copy name']);
  await menu.getByText('Focus', { exact: true }).click();
  await untilParam(page, 'f', '^main\\.worker\\.func4$');
  const again = await pointIn(page, 6, 0.45);
  await page.mouse.click(again.x, again.y, { button: 'right' });
  await menu.getByText('Hide', { exact: true }).click();
  await untilParam(page, 'h', /^\^main\\\.\(?/);
  assert.equal(param(page, 'f'), '^main\\.worker\\.func4$');
  await page.mouse.click(again.x, again.y, { button: 'right' });
  await menu.getByText('Ignore', { exact: true }).click();
  await untilParam(page, 'i', /./);
  assert.equal(await page.locator('.chip').count(), 3);
});

test('web flame: touch', async (t) => {
  const page = await openView(t, 'flamegraph', { touch: true, width: 400, height: 700 });
  const before = await page.locator('canvas.flame-base').screenshot();
  await page.locator('.flame').evaluate((element) => {
    const box = element.getBoundingClientRect();
    const send = (type, id, x) => element.dispatchEvent(new PointerEvent(type, { pointerId: id, pointerType: 'touch', isPrimary: id === 1, button: 0, clientX: box.left + x, clientY: box.top + 60, bubbles: true, cancelable: true }));
    send('pointerdown', 1, 150);
    send('pointerdown', 2, 200);
    for (let i = 0; i < 20; i++) {
      send('pointermove', 1, 150 - 5 * i);
      send('pointermove', 2, 200 + 5 * i);
    }
    send('pointerup', 1, 50);
    send('pointerup', 2, 300);
  });
  await page.waitForTimeout(300);
  assert.ok(!before.equals(await page.locator('canvas.flame-base').screenshot()), 'two fingers zoom');
});

test('web flame: 10,000 frames deep', async (t) => {
  const stack = Array.from({ length: 10000 }, (_, i) => `f${i}`).join(';');
  const page = await openView(t, 'flamegraph', { profile: writeTemporary('deep.folded', `${stack} 3\nf0;other 1\n`) });
  const flame = page.locator('.flame');
  assert.ok(await flame.evaluate((element) => element.scrollHeight) >= 10000 * 18);
  const { x, y } = await pointIn(page, 5, 0.4);
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, 3000);
  await until(() => flame.evaluate((element) => element.scrollTop > 1000), 'the wheel scrolls');
  await search(page, '^f9998$');
  await page.keyboard.press('ArrowDown');
  assert.match(await status(page), /^f9998/);
  assert.ok(await flame.evaluate((element) => element.scrollTop) > 9000 * 18);
  await flame.focus();
  await page.keyboard.press('z');
  await untilParam(page, 'z', '0.9999');
  await t.shot(page, 'web-flame-deep');
});

test('web flame: hostile names are text', async (t) => {
  const page = await openView(t, 'flamegraph', { profile: HOSTILE });
  const elements = () => page.evaluate(() => document.querySelectorAll('script').length + document.querySelectorAll('img').length + document.querySelectorAll('iframe').length);
  const before = await elements();
  await page.locator('.flame').focus();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press(i % 3 === 2 ? 'ArrowRight' : 'ArrowDown');
    await page.keyboard.press('m');
    await page.keyboard.press('Escape');
  }
  await tipAt(page, 1, 0.05);
  await search(page, 'script');
  for (const view of ['top', 'sandwich']) {
    await page.goto(page.url().replace(/\/ui\/\w+/, `/ui/${view}`));
    await shown(page);
    assert.equal(await elements(), before);
    await t.shot(page, `web-hostile-${view}`);
  }
});

test('web flame: no barrier', async (t) => {
  for (const dark of [false, true]) {
    for (const width of [1280, 400]) {
      const page = await openView(t, 'flamegraph?f=worker', { dark, width });
      await t.axe(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'no sideways scrolling');
      await t.shot(page, `web-flame-${width}-${dark ? 'dark' : 'light'}`);
    }
  }
});

/* Frames a second of 150 steps of zoom, there and back. */
function frameRate(page) {
  return page.evaluate(() => new Promise((done) => {
    const element = document.querySelector('.flame');
    const box = element.getBoundingClientRect();
    const times = [];
    const step = (now) => {
      times.push(now);
      if (times.length > 150) {
        done(1000 * (times.length - 1) / (times[times.length - 1] - times[0]));
        return;
      }
      const zooms = times.length % 100 < 50;
      element.dispatchEvent(new WheelEvent('wheel', { deltaY: zooms ? (times.length < 100 ? -40 : 40) : 0, deltaX: zooms ? 0 : 25, clientX: box.left + 500, clientY: box.top + 100, ctrlKey: zooms, bubbles: true, cancelable: true }));
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }));
}

test('web flame: zoom and pan of 100,000 boxes', async (t) => {
  const page = await openView(t, 'flamegraph', { profile: wideProfile() });
  await page.waitForSelector('.legend-item');
  let best = 0;
  for (let i = 0; i < 4 && best < 50; i++) {
    best = Math.max(best, await frameRate(page));
  }
  t.figure(`${best.toFixed(1)} frames a second (50 is the aim; less than 30 fails, the machine may be busy)`);
  assert.ok(best > 30);
});

test('web flame: first picture of 100,000 samples', async (t) => {
  const profile = generated(100000);
  if (profile === null) {
    t.figure('skipped: make tests/bench/gen');
    return;
  }
  let best = Infinity;
  for (let i = 0; i < 4 && best > 1000; i++) {
    const page = await openView(t, 'flamegraph', { profile });
    const ms = await until(() => page.evaluate(() => performance.getEntriesByName('cpa-first-picture')[0]?.startTime), 'the first picture');
    best = Math.min(best, ms);
    await page.close();
  }
  t.figure(`first picture ${best.toFixed(0)} ms after the start of the navigation (1000 is the aim)`);
  assert.ok(best < 2000);
});

test('web flame: comparison', async (t) => {
  const page = await openView(t, 'flamegraph', { profile: DIFF });
  assert.match(await tipAt(page, 1), /base .* new /);
  assert.match(await page.locator('.legend').textContent(), /gone.*same.*new/);
  assert.match(await search(page, 'regexp'), /\u2192/);
  await t.shot(page, 'web-flame-diff');
});

test('web flame: sample type', async (t) => {
  const page = await openView(t, 'flamegraph');
  await choose(page, 'sample-menu', 'samples');
  await untilParam(page, 'si', 'samples');
  assert.match(await tipAt(page, 0), /^all 332 /);
  await page.goBack();
  await untilParam(page, 'si', '');
  assert.match(await tipAt(page, 0), /^all 3\.32s/);
});

test('web flame: what is too narrow opens on zoom, and in a link', async (t) => {
  /* 4,000 callees, each a fortieth of a pixel or so, beside a wide one. */
  const lines = Array.from({ length: 4000 }, (_, i) => `main;many;f${i};g${i} ${1 + (i % 3)}`);
  const profile = writeTemporary('narrow.folded', `main;wide 30000\n${lines.join('\n')}\n`);
  const page = await openView(t, 'flamegraph', { profile });
  const flame = page.locator('.flame');
  await flame.focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowDown']) {
    await page.keyboard.press(key);
  }
  assert.match(await status(page), /^\+4,000 more|^many/);
  await tipAt(page, 3, 0.9);
  assert.match(await page.locator('#tip').innerText(), /^\+4,000 more/);
  /* A search counts what is not here. */
  await search(page, '^g');
  await until(async () => /^4,000 functions: 7999 /.test(await page.locator('#found').textContent()), 'the server counts');
  await page.keyboard.press('Escape');
  const { x, y } = await pointIn(page, 3, 0.9);
  await page.mouse.click(x, y);
  await until(async () => /^f\d+\n/.test(await tipAt(page, 3, 0.1)), 'the block opens');
  await t.shot(page, 'web-flame-opened');
  await search(page, '^f17$');
  await page.keyboard.press('ArrowDown');
  await flame.focus();
  await page.keyboard.press('z');
  await untilParam(page, 'z', /^\d+\.3$/);
  const link = page.url().replace(/.*\/ui\//, '').replace(/[?&]q=[^&]*/, '');
  const copy = await openView(t, link.includes('?') ? link : link.replace('&', '?'), { profile });
  await until(async () => /^f17\n/.test(await tipAt(copy, 3, 0.5)), 'a link to it');
  assert.match(await tipAt(copy, 4, 0.5), /^g17\n/);
});
