/* SPDX-License-Identifier: Apache-2.0 */
/* node images.js: takes the pictures of the web interface in README.md anew, into doc/images/. */
import path from 'node:path';
import { runAll, test, top } from './harness.js';
import { DIFF, openView, tipAt } from './web.js';

function save(page, name) {
  return page.screenshot({ path: path.join(top, 'doc/images', name) });
}

test('image: a pivot', async (t) => {
  const page = await openView(t, `flamegraph?p=${encodeURIComponent('^runtime\\.mallocgc( |$)')}`, { width: 1200, height: 640 });
  await page.locator('.flame').evaluate((element) => {
    element.scrollTop += 40;
  });
  await tipAt(page, await page.locator('.flame').evaluate((element) => Math.floor(element.scrollTop / 18) + 20), 0.17);
  await save(page, 'web-pivot.png');
});

test('image: a comparison, dark', async (t) => {
  const page = await openView(t, 'diff', { profile: DIFF, width: 1200, height: 600, dark: true });
  await tipAt(page, 9, 0.36);
  await save(page, 'web-diff.png');
});

process.exitCode = await runAll('') > 0 ? 1 : 0;
