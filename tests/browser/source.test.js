/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Source and Disassemble views on a program that is built and profiled here: lines of its source,
 * the instructions below them, rows of machine code. Needs gcc; without gperftools the profile is
 * written by hand, with addresses of the program.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, tmp, until } from './harness.js';
import { openView, search, untilParam } from './web.js';

const SOURCE = `#include <stddef.h>
#include <stdio.h>
static inline unsigned mix(unsigned h, unsigned c)
{
    h ^= c;
    return h * 16777619u;
}
__attribute__((noinline)) unsigned hash(const char *s, size_t n)
{
    unsigned h = 2166136261u;
    for (size_t i = 0; i < n; i++) {
        h = mix(h, (unsigned char)s[i]);
    }
    return h;
}
int main(void)
{
    static char text[1 << 16];
    unsigned sum = 0;
    for (int i = 0; i < 4000; i++) {
        text[i] = (char)i;
        sum += hash(text, sizeof text);
    }
    printf("%u\\n", sum);
    return 0;
}
`;

/* gperftools' format: header, stacks (count, depth, addresses), the end, mappings as text. */
function writeProfile(file, program) {
  const symbols = new Map(execFileSync('nm', [program], { encoding: 'utf8' }).split('\n').map((line) => line.split(' ')).map(([address, , name]) => [name, BigInt(`0x${address || 0}`)]));
  const words = [0n, 3n, 0n, 10000n, 0n];
  for (let at = 0n; at < 0x28n; at += 1n) {
    words.push(1n, 2n, symbols.get('hash') + at, symbols.get('main') + 0x20n);
  }
  words.push(0n, 1n, 0n);
  const map = `00400000-00500000 r-xp 00000000 00:00 0 ${program}\n`;
  writeFileSync(file, Buffer.concat([Buffer.from(BigUint64Array.from(words).buffer), Buffer.from(map)]));
}

let built = null;

/* { program, profile }; null where there is no compiler */
function build() {
  const source = path.join(tmp, 'hash.c');
  const program = path.join(tmp, 'hash');
  const profile = path.join(tmp, 'hash.prof');
  const gcc = (...args) => execFileSync('gcc', ['-g', '-O2', '-o', program, source, ...args], { stdio: 'ignore' });
  writeFileSync(source, SOURCE);
  try {
    gcc('-Wl,--no-as-needed', '-lprofiler');
    execFileSync(program, { env: { ...process.env, CPUPROFILE: profile, CPUPROFILE_FREQUENCY: '500' }, stdio: 'ignore' });
    assert.ok(readFileSync(profile).length > 2000);
  } catch {
    try {
      gcc('-no-pie');
    } catch {
      return null;
    }
    writeProfile(profile, program);
  }
  return { program, profile };
}

function page(t, view) {
  built = built || build();
  return built && openView(t, view, { profile: [built.program, built.profile] });
}

test('web source: lines, and their instructions on a click', async (t) => {
  const view = await page(t, 'source?f=^hash$');
  if (view === null) {
    return;
  }
  const routine = view.locator('details.routine');
  assert.equal(await routine.count(), 1);
  assert.match(await routine.locator('summary').innerText(), /^hash[\s\S]*hash\.c[\s\S]*cum/);
  const hot = view.locator('.code-line.hot', { hasText: 'h = mix(h, (unsigned char)s[i]);' });
  assert.equal(await hot.count(), 1);
  assert.match(await hot.innerText(), /\d+m?s[\s\S]*12/);
  assert.match(await view.locator('.source').innerText(), /unsigned h = 2166136261u;/);
  assert.equal(await view.locator('.code-line.asm').count(), 0, 'folded at first');
  await hot.locator('code').click();
  const asm = view.locator('.code-line.asm');
  await until(async () => await asm.count() > 0, 'instructions');
  assert.equal(await hot.locator('.unfold').getAttribute('aria-expanded'), 'true');
  const instructions = await asm.allInnerTexts();
  assert.ok(instructions.some((text) => /\b(imul|mul)\b/.test(text)), instructions.join('\n'));
  assert.ok(instructions.some((text) => /hash\.c:[56]/.test(text)), `an inlined line is named: ${instructions.join('\n')}`);
  assert.ok(instructions.every((text) => !/(hash\.c:\d+) \u203a \1/.test(text)), 'a place is named once');
  await t.shot(view, 'web-source-unfolded');
  await hot.locator('.unfold').focus();
  await view.keyboard.press('Enter');
  await until(async () => await asm.count() === 0, 'no instructions');
  await search(view, 'mix\\(');
  assert.equal(await view.locator('.code-line.hit').count(), 1);
});

test('web disassemble: rows with addresses and weights', async (t) => {
  const view = await page(t, 'disasm');
  if (view === null) {
    return;
  }
  await view.locator('.suggest a', { hasText: /^hash$/ }).click();
  await untilParam(view, 'f', '^hash$');
  const routine = view.locator('details.routine');
  assert.equal(await routine.count(), 1);
  const rows = view.locator('.code-line:not(.code-head)');
  assert.ok(await rows.count() > 5);
  const hot = await view.locator('.code-line.hot').allInnerTexts();
  assert.ok(hot.length > 0 && hot.every((text) => /\d+m?s[\s\S]*[0-9a-f]{3,}/.test(text)), hot.join('\n'));
  const text = await routine.innerText();
  assert.match(text, /\bret\b/);
  assert.match(text, /; hash\.c:\d+/);
  await t.shot(view, 'web-disasm-rows');
  await routine.locator('summary').click();
  await until(async () => !await rows.first().isVisible(), 'a click on the heading folds it');
  await routine.locator('summary').click();
  await until(() => rows.first().isVisible(), 'a click unfolds it again');
});
