/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs tests in one Chromium, one after the other, each in a context of its own.
 *
 * A page that a test opens is guarded: an error or warning on its console, an exception, a request
 * to anywhere but where it came from, or an answer that is an error fails the test. Such requests are
 * blocked, too. Figures (times, frames a second) are printed; asserts on them leave room for a loaded
 * machine.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
export const top = path.resolve(here, '../..');
export const cpa = process.env.CPA || path.join(top, 'cpa');
export const tmp = mkdtempSync(path.join(tmpdir(), 'cpa-browser-'));
const shots = process.env.SHOTS || '';
const axeSource = readFileSync(path.join(here, 'node_modules/axe-core/axe.min.js'), 'utf8');
const TEST_SECONDS = 120;
const tests = [];
const children = new Set();
let browser = null;

/* Registers a test; @run gets a context, see makeContext(). */
export function test(name, run) {
  tests.push({ name, run });
}

export function testdata(name) {
  return path.join(top, 'testdata', name);
}

/* A file made by `cpa ARGUMENT... -o FILE`, in the temporary folder. */
const made = new Map();
export function picture(name, ...args) {
  const file = path.join(tmp, name);
  if (!made.has(name)) {
    execFileSync(cpa, [...args, '-o', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    made.set(name, file);
  }
  return file;
}

export function writeTemporary(name, content) {
  const file = path.join(tmp, name);
  if (!existsSync(file)) {
    writeFileSync(file, content);
  }
  return file;
}

/* A server, `cpa -http=localhost:0 ARGUMENT...`; with its address. One per distinct arguments. */
const servers = new Map();
export function serve(...args) {
  const key = JSON.stringify(args);
  if (!servers.has(key)) {
    servers.set(key, startServer(args));
  }
  return servers.get(key);
}

function startServer(args) {
  const config = path.join(tmp, 'config' + servers.size);
  mkdirSync(config);
  const child = spawn(cpa, ['-http=localhost:0', '-no_browser', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_CONFIG_HOME: config }
  });
  children.add(child);
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk) => {
      said += chunk;
      const found = /http:\/\/[^\s/]+/.exec(said);
      if (found) {
        resolve(found[0]);
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', (status) => {
      children.delete(child);
      reject(new Error(`the server ended with ${status}: ${said}`));
    });
  });
}

/* Waits until @condition() is true. Not waitForFunction(): the pages' policy forbids its eval. */
export async function until(condition, what, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  let last;
  do {
    last = await condition();
    if (last) {
      return last;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  } while (Date.now() < end);
  throw new Error(`waited in vain: ${what}`);
}

function makeContext(name) {
  const complaints = [];
  const contexts = [];
  const figures = [];
  const t = {
    complaints,
    figure(text) {
      figures.push(text);
    },
    figures,
    /*
     * Opens a file or an address. @options: width, height, dark, touch, expect (regexps of console
     * messages or answers that are part of the test).
     */
    async open(target, options = {}) {
      const url = target.includes('://') ? target : pathToFileURL(target).href;
      const context = await browser.newContext({
        viewport: { width: options.width || 1280, height: options.height || 800 },
        colorScheme: options.dark ? 'dark' : 'light',
        hasTouch: Boolean(options.touch),
        acceptDownloads: true
      });
      contexts.push(context);
      const origin = new URL(url).origin;
      const expected = options.expect || [];
      const complain = (text) => {
        if (!expected.some((pattern) => pattern.test(text))) {
          complaints.push(text);
        }
      };
      await context.route('**/*', (route) => {
        const to = route.request().url();
        const allowed = origin === 'null' ? to === url : new URL(to).origin === origin;
        if (allowed) {
          return route.continue();
        }
        complain(`request to ${to}`);
        return route.abort();
      });
      const page = await context.newPage();
      page.setDefaultTimeout(20000);
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') {
          complain(`console ${message.type()}: ${message.text()}`);
        }
      });
      page.on('pageerror', (error) => complain(`exception: ${error.message}`));
      page.on('response', (response) => {
        if (response.status() >= 400) {
          complain(`${response.status()} from ${response.url()}`);
        }
      });
      page.on('dialog', (dialog) => {
        complain(`dialog: ${dialog.message()}`);
        return dialog.dismiss();
      });
      await page.goto(url);
      return page;
    },
    /* axe-core's serious and critical findings are failures. */
    async axe(page) {
      /* By the debugger's door: the page's own policy forbids scripts from elsewhere. */
      await page.evaluate(axeSource);
      const found = await page.evaluate(() => window.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'], resultTypes: ['violations']
      }));
      const serious = found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
      const text = serious.map((v) => `${v.id}: ${v.help}\n` + v.nodes.slice(0, 5).map((n) => `    ${n.html}\n    ${n.failureSummary.replaceAll('\n', ' ')}`).join('\n'));
      assert.equal(text.join('\n'), '');
    },
    /* With SHOTS=folder in the environment: what the page looks like now. */
    async shot(page, file) {
      if (shots) {
        mkdirSync(shots, { recursive: true });
        await page.screenshot({ path: path.join(shots, file + '.png') });
      }
    },
    async close() {
      for (const context of contexts) {
        await context.close();
      }
    }
  };
  return t;
}

async function runOne(one) {
  const t = makeContext(one.name);
  const start = Date.now();
  let timer;
  try {
    const late = new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${TEST_SECONDS} s`)), TEST_SECONDS * 1000);
    });
    await Promise.race([one.run(t), late]);
    assert.deepEqual(t.complaints, []);
    console.log(`ok ${one.name} (${Date.now() - start} ms)${t.figures.map((f) => `\n   ${f}`).join('')}`);
    return true;
  } catch (error) {
    console.log(`not ok ${one.name}\n   ${String(error.stack || error).split('\n').slice(0, 30).join('\n   ')}`);
    t.complaints.forEach((c) => console.log(`   also: ${c}`));
    return false;
  } finally {
    clearTimeout(timer);
    await t.close().catch(() => {});
  }
}

/* Runs what was registered, or what has @filter in its name. Returns the number that failed. */
export async function runAll(filter) {
  let passed = 0;
  let failed = 0;
  try {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
    });
    for (const one of tests.filter((c) => !filter || c.name.includes(filter))) {
      if (await runOne(one)) {
        passed++;
      } else {
        failed++;
      }
    }
  } catch (error) {
    console.log(`Chromium: ${error.message}`);
    failed++;
  } finally {
    if (browser) {
      await browser.close();
    }
    for (const child of children) {
      child.kill('SIGTERM');
    }
    rmSync(tmp, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed;
}
