/* SPDX-License-Identifier: Apache-2.0 */
/* Tags: keys, values and what they weigh; focus, ignore or group by one of them. */
import { ask } from './api.js';
import { h, replace } from './dom.js';
import { emptyError } from './flame-load.js';
import { openMenu } from './menus.js';
import { quote } from './regexps.js';
import { formatShare, formatValue, plural } from './values.js';
import { change, state } from './url.js';

/* key=value as -tagfocus wants it; numbers are ranges. */
function filterOf(row) {
  if (row.number !== null && row.number !== undefined) {
    return `${row.key}=${row.number}${row.number_unit || ''}`;
  }
  return `${row.key}=^${quote(row.value).replaceAll(',', '\\x2c')}$`;
}

function listOf(param) {
  return state.get(param).split(',').filter(Boolean);
}

function grouped(param, key) {
  const list = listOf(param);
  return list.includes(key) ? list.filter((one) => one !== key) : [...list, key];
}

class TagsPage {
  constructor() {
    this.tools = h('div.tools');
    this.content = h('div.tags', { tabindex: '0', role: 'region', 'aria-label': 'Tags' });
    this.element = h('div.text-page', null, this.tools, this.content);
  }

  async show(now, before, signal) {
    const answer = await ask('tags', now.query(true), { signal });
    if (answer.empty) {
      throw emptyError(answer);
    }
    this.head = answer;
    this.keys = new Map();
    for (const row of answer.table.rows) {
      if (!this.keys.has(row.key)) {
        this.keys.set(row.key, []);
      }
      this.keys.get(row.key).push(row);
    }
    const roots = listOf('tagroot');
    const leaves = listOf('tagleaf');
    replace(this.tools, h('span.hint', null, this.keys.size === 0 ? '' : `${plural(this.keys.size, 'key')}. Click a value to focus on it, to ignore it or to group by it.`),
      this.order('Grouped at the root', 'tagroot', roots), this.order('Grouped at the leaf', 'tagleaf', leaves));
    this.cards = [...this.keys].map(([key, rows]) => this.card(key, rows));
    replace(this.content, this.keys.size === 0 ? h('div.notice', { role: 'status' }, 'The samples of this profile carry no tags.') : null, this.cards.map(({ element }) => element));
  }

  /* The keys that stacks are grouped by, in order, to move and remove. */
  order(title, param, keys) {
    if (keys.length === 0) {
      return null;
    }
    const move = (i) => {
      const next = keys.slice();
      [next[i - 1], next[i]] = [next[i], next[i - 1]];
      change({ [param]: next.join(','), z: '' });
    };
    return h('span.tag-order', { role: 'group', 'aria-label': title }, `${title}: `, keys.map((key, i) => h('span.chip', null, h('span.chip-value', null, key),
      i > 0 ? h('button', { type: 'button', title: 'Earlier', 'aria-label': `${key} earlier`, onclick: () => move(i) }, '\u2190') : null,
      h('button', { type: 'button', title: 'Remove', 'aria-label': `Remove ${key}`, onclick: () => change({ [param]: keys.filter((one) => one !== key).join(','), z: '' }) }, '\u2715'))));
  }

  card(key, rows) {
    const { head } = this;
    const total = rows[0].key_weight;
    const isRoot = listOf('tagroot').includes(key);
    const isLeaf = listOf('tagleaf').includes(key);
    const group = (param, on, text, title) => h('button.toggle', { type: 'button', 'aria-pressed': String(on), title, onclick: () => change({ [param]: grouped(param, key).join(','), z: '' }) }, text);
    const items = rows.map((row) => this.value(row, total));
    const element = h('section.card', { 'aria-label': `Tag ${key}` },
      h('header', null, h('h2', null, key), h('span.muted', null, `${formatValue(total, head.format)}, ${formatShare(total, head.total)} of all, ${plural(rows.length, 'value')}`),
        h('span.tools-group', null,
          group('tagroot', isRoot, 'Group at root', 'Values of this key as frames at the root of each stack (tagroot)'),
          group('tagleaf', isLeaf, 'Group at leaf', 'Values of this key as frames at the leaf of each stack (tagleaf)'),
          h('button', { type: 'button', title: 'Only samples that carry this key', onclick: () => change({ tf: `${key}=.*`, z: '' }) }, 'Focus'),
          h('button', { type: 'button', title: 'Drop samples that carry this key', onclick: () => change({ ti: `${key}=.*`, z: '' }) }, 'Ignore'))),
      h('ul', null, items.map((item) => item.element)));
    return { element, key, items };
  }

  value(row, total) {
    const { head } = this;
    const filter = filterOf(row);
    const name = row.value || `${row.number}${row.number_unit || ''}`;
    const menu = (event) => openMenu([
      { heading: `${row.key}: ${name}` },
      { text: 'Focus', title: 'Only samples with this tag', run: () => change({ tf: filter, z: '' }) },
      { text: 'Ignore', title: 'Drop samples with this tag', run: () => change({ ti: state.get('ti') ? `${state.get('ti')},${filter}` : filter, z: '' }) },
      { text: 'Flame graph of it', run: () => change({ tf: filter, z: '' }, { view: 'flamegraph' }) },
      { text: 'Group at root', run: () => change({ tagroot: grouped('tagroot', row.key).join(','), z: '' }) },
      { text: 'Group at leaf', run: () => change({ tagleaf: grouped('tagleaf', row.key).join(','), z: '' }) }
    ], { x: event.clientX || event.currentTarget.getBoundingClientRect().left + 20, y: event.clientY || event.currentTarget.getBoundingClientRect().bottom }, event.currentTarget, `Tag ${name}`);
    const element = h('li', null,
      h('button.tag-value', { type: 'button', title: name, 'aria-haspopup': 'menu', onclick: menu },
        h('span.bar-fill', { 'aria-hidden': 'true', style: { width: `${Math.min(100, Math.abs(row.weight / (total || 1)) * 100)}%` } }),
        h('span.tag-name', null, name === '' ? '(empty)' : name),
        h('span.tag-weight', null, formatValue(row.weight, head.format)), h('span.tag-share', null, formatShare(row.weight, total))));
    return { element, name };
  }

  search(regexp) {
    let hits = 0;
    for (const card of this.cards || []) {
      for (const item of card.items) {
        const isHit = regexp !== null && (regexp.test(item.name) || regexp.test(card.key));
        hits += isHit ? 1 : 0;
        item.element.classList.toggle('hit', isHit);
      }
    }
    return regexp === null ? '' : hits === 0 ? 'no match' : plural(hits, 'value');
  }
}

export function create() {
  return new TagsPage();
}
