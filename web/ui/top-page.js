/* SPDX-License-Identifier: Apache-2.0 */
/* Top: all functions with flat and cum; on demand for all sample types side by side. */
import { ask } from './api.js';
import { emptyError } from './flame-load.js';
import { h, replace } from './dom.js';
import { openFunctionMenu } from './flame-menu.js';
import { functionName, labelMatches } from './names.js';
import { regexpOfNames } from './regexps.js';
import { selection } from './selection.js';
import { Table } from './table.js';
import { formatShare, formatValue, plural } from './values.js';
import { change, go, state } from './url.js';

const narrow = window.matchMedia('(max-width: 780px)');

class TopPage {
  constructor(page) {
    this.page = page;
    this.summary = h('span.hint');
    this.tools = h('div.tools', { role: 'toolbar', 'aria-label': 'Top' });
    this.table = new Table('Functions', {
      open: (row, event) => this.select(row, event),
      toggle: (row) => selection.toggle(this.nameOf(row)),
      isSelected: (row) => selection.has(this.nameOf(row)),
      menu: (row, x, y, from) => openFunctionMenu(this.nameOf(row), x, y, [
        { text: 'Flame graph: callers and callees', run: () => go(state.with({ p: regexpOfNames([this.nameOf(row)]), z: '' }, 'flamegraph')) }
      ], from || this.table.body),
      sorted: (id, descending) => change({ col: `${descending ? '' : '-'}${id}` }, { replace: true, quiet: true })
    });
    this.element = h('div.table-page', null, this.tools, this.table.element);
    this.keyTitle = 'Table';
    this.keyList = [['arrows', 'move from row to row'], ['Enter, click', 'select'], ['Space, Ctrl+click', 'select several'], ['m', 'menu of the function']];
    this.unlisten = selection.onChange(() => this.table.redraw());
  }

  destroy() {
    this.unlisten();
    this.table.destroy();
  }

  nameOf(row) {
    return functionName(this.rows.name[row], this.rows.file[row]);
  }

  select(row, event) {
    const name = this.nameOf(row);
    if (event.ctrlKey || event.metaKey) {
      selection.toggle(name);
    } else if (event.shiftKey && this.anchor !== undefined) {
      const a = this.table.order.indexOf(this.anchor);
      const b = this.table.order.indexOf(row);
      selection.set(this.table.order.slice(Math.min(a, b), Math.max(a, b) + 1).map((one) => this.nameOf(one)));
      return;
    } else if (selection.size === 1 && selection.has(name)) {
      selection.clear();
    } else {
      selection.set([name]);
    }
    this.anchor = row;
  }

  async show(now, before, signal, profileLoaded) {
    const answer = await ask('top', now.query(true), { signal });
    if (answer.empty) {
      throw emptyError(answer);
    }
    this.head = answer;
    this.rows = answer.rows;
    this.all = null;
    await profileLoaded;
    if (this.showsAllTypes(now)) {
      await this.loadAllTypes(now, signal);
    }
    const col = now.get('col');
    this.table.setSort(col.replace(/^-/, '') || 'flat', !col.startsWith('-'));
    this.table.setRows(this.columns(), this.rows.name.length, this.filterOf());
    this.showTools();
  }

  showsAllTypes(now) {
    return now.get('types') === 'all' || (now.get('types') === '' && Boolean(this.page.profile?.all_types));
  }

  filterOf() {
    const text = state.get('row').toLowerCase();
    return text === '' ? null : (row) => this.rows.name[row].toLowerCase().includes(text);
  }

  /* The other sample types, matched by name. */
  async loadAllTypes(now, signal) {
    const { sample_types: types, sample_index: current } = this.page.profile;
    const others = types.map((type, i) => i).filter((i) => i !== current);
    const answers = await Promise.all(others.map((i) => ask('top', now.query(true, { si: i }), { signal })));
    const at = new Map(this.rows.name.map((name, i) => [name, i]));
    this.all = answers.map((answer, k) => {
      const flat = new Float64Array(this.rows.name.length);
      const cum = new Float64Array(this.rows.name.length);
      if (!answer.empty) {
        answer.rows.name.forEach((name, i) => {
          const row = at.get(name);
          if (row !== undefined) {
            flat[row] = answer.rows.flat[i];
            cum[row] = answer.rows.cum[i];
          }
        });
      }
      return { type: types[others[k]].type, head: answer, flat, cum };
    });
  }

  columns() {
    const { head, rows } = this;
    const value = (list, which, id, title, label, help) => {
      const format = which.format;
      const extremes = range(list).map((one) => formatValue(one, format).length);
      return { id, title, label, help, number: true, width: `${Math.max(6.5, Math.max(...extremes) * 0.6 + 2)}em`, value: (row) => list[row], sort: (row) => list[row], text: (row) => formatValue(list[row], format) };
    };
    const share = (list, id, title, label) => ({
      id, title, label, number: true, width: '7.5em', value: (row) => list[row], share: (row) => (head.total ? list[row] / head.total : 0), text: (row) => formatShare(list[row], head.total)
    });
    const columns = [value(rows.flat, head, 'flat', 'Flat', 'flat', 'In the function itself')];
    if (!head.mean) {
      columns.push(share(rows.flat, 'flatp', 'Flat %', 'flat percent'));
    }
    columns.push(value(rows.cum, head, 'cum', 'Cum', 'cumulative', 'In the function and what it calls'));
    if (!head.mean) {
      columns.push(share(rows.cum, 'cump', 'Cum %', 'cumulative percent'));
    }
    (this.all || []).forEach((other, k) => {
      columns.push(value(other.flat, other.head, `flat${k}`, `${other.type} flat`, `${other.type} flat`, other.type));
      columns.push(value(other.cum, other.head, `cum${k}`, `${other.type} cum`, `${other.type} cumulative`, other.type));
      columns.slice(-2).forEach((column) => {
        column.width = `${Math.max(parseFloat(column.width), other.type.length * 0.62 + 4)}em`;
      });
    });
    const name = { id: 'name', title: 'Name', width: 'minmax(14em, 1fr)', value: (row) => rows.name[row], text: (row) => rows.name[row], cell: (row) => this.nameCell(row) };
    /* Where not all columns fit, names stay in sight. */
    return narrow.matches || this.all ? [{ ...name, width: '14em', sticky: true }, ...columns] : [...columns, name];
  }

  nameCell(row) {
    const inline = (rows) => (rows.inline[row] === 2 ? '(inline)' : rows.inline[row] === 1 ? '(partial-inline)' : '');
    return h('span.cell-text', { title: this.rows.name[row] }, this.rows.name[row], ' ', h('span.muted', null, inline(this.rows)));
  }

  showTools() {
    const types = this.page.profile ? this.page.profile.sample_types : [];
    const on = this.showsAllTypes(state);
    const usual = Boolean(this.page.profile?.all_types);
    const shown = this.table.order.length;
    replace(this.tools,
      this.filterField || (this.filterField = this.makeFilter()),
      types.length > 1 ? h('button.toggle', { type: 'button', 'aria-pressed': String(on), title: 'Flat and cum of every sample type', onclick: () => change({ types: on === usual ? (on ? 'one' : 'all') : '' }) }, 'All sample types') : null,
      h('span.hint', { role: 'status' }, `${shown === this.rows.name.length ? plural(shown, 'function') : `${shown.toLocaleString('en')} of ${plural(this.rows.name.length, 'function')}`}, total ${formatValue(this.head.total, this.head.format)}`));
  }

  makeFilter() {
    return h('input', { type: 'search', placeholder: 'Filter rows', 'aria-label': 'Filter rows by a part of the name', value: state.get('row'), autocomplete: 'off', spellcheck: 'false', oninput: (event) => {
      change({ row: event.target.value }, { replace: true, quiet: true });
      this.table.setFilter(this.filterOf());
      this.showTools();
    } });
  }

  /* Highlights and selects what the search box says. */
  search(regexp) {
    this.regexp = regexp;
    if (!this.rows) {
      return '';
    }
    if (regexp === null) {
      return '';
    }
    const hits = this.rows.name.map((name, i) => (this.matches(regexp, i) ? i : -1)).filter((i) => i >= 0);
    const flat = hits.reduce((sum, i) => sum + this.rows.flat[i], 0);
    selection.set(hits.slice(0, 2000).map((i) => this.nameOf(i)));
    if (hits.length === 0) {
      return 'no match';
    }
    return `${plural(hits.length, 'function')}: flat ${formatValue(flat, this.head.format)}${this.head.mean ? '' : ` (${formatShare(flat, this.head.total)})`}`;
  }

  matches(regexp, row) {
    return labelMatches(regexp, this.rows.name[row], this.rows.file[row]);
  }

  next(step) {
    if (this.regexp) {
      this.table.goToNext(step, (row) => this.matches(this.regexp, row));
    }
  }
}

/* The least and the largest: the longest texts. */
function range(list) {
  let min = 0;
  let max = 0;
  for (const value of list) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return [min, max];
}

export function create(page) {
  return new TopPage(page);
}
