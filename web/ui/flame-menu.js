/* SPDX-License-Identifier: Apache-2.0 */
/* The menu of a function: in the flame graph, the graph and the tables. */
import { copyText } from './dom.js';
import { openMenu } from './menus.js';
import { toast } from './dialogs.js';
import { filterOfNames } from './regexps.js';
import { refine, refined, REFINEMENTS } from './selection.js';
import { go, state } from './url.js';

/* @name: of the function; @extra: items of the view that come first */
export function openFunctionMenu(name, x, y, extra, from) {
  const regexp = filterOfNames([name]);
  const to = (text, view, params) => {
    const next = state.with(params, view);
    return { text, href: next.href(), run: () => go(next) };
  };
  openMenu([
    { heading: name.length > 60 ? name.slice(0, 59) + '\u2026' : name },
    ...extra,
    ...(extra.length > 0 ? [{ line: true }] : []),
    ...REFINEMENTS.map((refinement) => ({ text: refinement.name, title: refinement.help, href: refined(refinement, regexp).href(), run: () => refine(refinement, regexp) })),
    { line: true },
    to('Show source', 'source', { f: regexp, p: '', z: '' }),
    to('Disassemble', 'disasm', { f: regexp, p: '', z: '' }),
    to('Peek', 'peek', { f: regexp, p: '', z: '' }),
    to('Sandwich', 'sandwich', { fn: name }),
    { line: true },
    { text: 'Copy name', run: async () => toast(await copyText(name) ? 'Copied' : 'Could not copy') }
  ], { x, y }, from, `Menu of ${name}`);
}
