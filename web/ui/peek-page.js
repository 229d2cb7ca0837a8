/* SPDX-License-Identifier: Apache-2.0 */
/* Peek: callers and callees of the functions that match, as the report prints them, with links. */
import { ask } from './api.js';
import { h, replace } from './dom.js';
import { emptyError } from './flame-load.js';
import { runUnlessNewTab } from './menus.js';
import { functionName, labelMatches } from './names.js';
import { regexpOfNames } from './regexps.js';
import { formatShare, formatValue, plural } from './values.js';
import { go, state } from './url.js';

const MAX_FUNCTIONS = 200;

/* A field for the regexp that a view is about; shared by Peek, Source and Disassemble. */
export function regexpField(label) {
  const input = h('input', { id: 'about', type: 'search', 'aria-label': label, placeholder: label, value: state.get('f'), spellcheck: 'false', autocomplete: 'off' });
  return h('form.about', { role: 'search', onsubmit: (event) => {
    event.preventDefault();
    go(state.with({ f: input.value, q: '' }));
  } }, input, h('button', { type: 'submit' }, 'Show'));
}

class PeekPage {
  constructor() {
    this.tools = h('div.tools');
    this.content = h('div.peek', { tabindex: '0', role: 'region', 'aria-label': 'Callers and callees' });
    this.element = h('div.text-page', null, this.tools, this.content);
    this.blocks = [];
    this.at = -1;
  }

  async show(now, before, signal) {
    replace(this.tools, regexpField('Functions to peek at (regexp)'), h('span.hint', null, 'Above each function its callers, below its callees. Click a name to peek at it.'));
    const answer = await ask('peek', now.query(true), { signal });
    if (answer.empty) {
      throw emptyError(answer);
    }
    if (!answer.table) {
      this.blocks = [];
      replace(this.content, h('pre', null, answer.text));
      return;
    }
    this.head = answer;
    const rows = answer.table.rows;
    this.blocks = rows.slice(0, MAX_FUNCTIONS).map((row) => ({ row, element: this.block(row) }));
    replace(this.content,
      h('div.peek-line.peek-head', { 'aria-hidden': 'true' }, ['flat', 'flat %', 'cum', 'cum %', 'calls', 'calls %', 'function'].map((text) => h('span', null, text))),
      this.blocks.map((block) => block.element),
      rows.length > MAX_FUNCTIONS ? h('p.hint', null, `${plural(rows.length - MAX_FUNCTIONS, 'more function')}: narrow the regexp down.`) : null);
  }

  block(row) {
    const { head } = this;
    const calls = (call) => h('div.peek-line', null, h('span'), h('span'), h('span'), h('span'),
      h('span', null, formatValue(call.calls, head.format)), h('span', null, formatShare(call.calls, row.cum)), h('span.peek-name', null, '\u2502   ', this.link(call)));
    return h('section.peek-block', { 'aria-label': row.name },
      row.callers.map(calls),
      h('div.peek-line.peek-main', null,
        h('span', null, formatValue(row.flat, head.format)), h('span', null, formatShare(row.flat, head.total)),
        h('span', null, formatValue(row.cum, head.format)), h('span', null, formatShare(row.cum, head.total)), h('span'), h('span'),
        h('span.peek-name', null, '\u2502 ', this.link(row))),
      row.callees.map(calls));
  }

  link(row) {
    const name = functionName(row.name, row.file || '');
    const next = state.with({ f: regexpOfNames([name]), q: '' }, 'peek');
    const where = row.file ? ` ${row.file.replace(/.*\//, '')}${row.line ? `:${row.line}` : ''}` : '';
    return [h('a', { href: next.href(), onclick: (event) => runUnlessNewTab(event, () => go(next)) }, name), h('span.muted', { title: row.file || null }, where + (row.inline ? ' (inline)' : ''))];
  }

  search(regexp) {
    let hits = 0;
    for (const { row, element } of this.blocks) {
      const isHit = regexp !== null && [row, ...row.callers, ...row.callees].some((one) => labelMatches(regexp, one.name, one.file || ''));
      hits += isHit ? 1 : 0;
      element.classList.toggle('hit', isHit);
    }
    this.at = -1;
    return regexp === null ? '' : hits === 0 ? 'no match' : plural(hits, 'block');
  }

  next(step) {
    const hits = this.blocks.filter(({ element }) => element.classList.contains('hit'));
    if (hits.length > 0) {
      this.at = (this.at + step + hits.length * 2) % hits.length;
      hits[this.at].element.scrollIntoView({ block: 'center' });
    }
  }
}

export function create() {
  return new PeekPage();
}
