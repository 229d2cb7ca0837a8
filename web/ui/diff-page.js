/* SPDX-License-Identifier: Apache-2.0 */
/* Diff: the flame graph of both sides, and the table of base, new, delta, ratio beside it. */
import { ask } from './api.js';
import { h, replace } from './dom.js';
import { FlamePage } from './flame-page.js';
import { emptyError } from './flame-load.js';
import { openFunctionMenu } from './flame-menu.js';
import { functionName, labelMatches } from './names.js';
import { optionIsOn, optionValue, setOption } from './options.js';
import { selection } from './selection.js';
import { Table } from './table.js';
import { formatDelta, formatRatio, formatValue } from './values.js';
import { change, state } from './url.js';

const narrow = window.matchMedia('(max-width: 780px)');

class DiffPage extends FlamePage {
  constructor(page, name) {
    super(page, name);
    this.table = new Table('Functions of both sides', {
      open: (row, event) => this.selectRow(row, event),
      toggle: (row) => selection.toggle(this.nameOf(row)),
      isSelected: (row) => selection.has(this.nameOf(row)),
      menu: (row, x, y, from) => openFunctionMenu(this.nameOf(row), x, y, [], from || this.table.body),
      sorted: (id, descending) => change({ col: `${descending ? '' : '-'}${id}` }, { replace: true, quiet: true })
    });
    this.totals = h('div.diff-totals');
    this.element = h('div.diff-page', null, this.totals, h('div.diff-split', null, h('div.flame-page', null, this.tools, this.graph.element), this.table.element));
    this.unlistenTable = selection.onChange(() => this.table.redraw());
  }

  destroy() {
    this.unlistenTable();
    this.table.destroy();
    super.destroy();
  }

  /* What its label has behind the name depends on granularity. */
  fileOf() {
    return ['', 'functions'].includes(optionValue('g')) ? '' : undefined;
  }

  nameOf(row) {
    return functionName(this.rows[row].name, this.fileOf());
  }

  selectRow(row, event) {
    const name = this.nameOf(row);
    if (event.ctrlKey || event.metaKey) {
      selection.toggle(name);
    } else {
      selection.set(selection.size === 1 && selection.has(name) ? [] : [name]);
    }
  }

  async show(now, before, signal, profileLoaded) {
    await profileLoaded;
    this.element.dataset.mode = now.get('mode') || 'both';
    const [answer] = await Promise.all([ask('diff', now.query(true), { signal }), super.show(now, before, signal)]);
    if (answer.empty) {
      throw emptyError(answer);
    }
    this.head = answer;
    this.rows = answer.table.rows;
    const { format } = answer;
    const { base_total: base, new_total: fresh } = answer.table;
    replace(this.totals, h('b', null, `base ${formatValue(base, format)} \u2192 new ${formatValue(fresh, format)}`),
      h('span', null, `${formatDelta(fresh - base, format)}, ${formatRatio(base, fresh)}`), this.modes());
    const col = now.get('col');
    this.table.setSort(col.replace(/^-/, '') || 'delta', !col.startsWith('-'));
    this.table.setRows(this.columns(), this.rows.length, null);
  }

  columns() {
    const { format } = this.head;
    const kind = (row) => (row.delta > 0 ? 'more' : row.delta < 0 ? 'less' : '');
    const largest = this.rows.reduce((max, row) => Math.max(max, Math.abs(row.delta)), 1);
    const at = (row) => this.rows[row];
    const columns = [
      { id: 'base', title: 'Base', number: true, width: '6em', value: (row) => at(row).base, text: (row) => formatValue(at(row).base, format) },
      { id: 'new', title: 'New', number: true, width: '6em', value: (row) => at(row).new, text: (row) => formatValue(at(row).new, format) },
      { id: 'delta', title: 'Delta', number: true, width: '7em', value: (row) => at(row).delta, sort: (row) => Math.abs(at(row).delta), kind: (row) => kind(at(row)), share: (row) => at(row).delta / largest, text: (row) => formatDelta(at(row).delta, format) },
      { id: 'ratio', title: 'Ratio', number: true, width: '5em', value: (row) => ratio(at(row)), sort: (row) => ratio(at(row)), kind: (row) => kind(at(row)), text: (row) => formatRatio(at(row).base, at(row).new) }
    ];
    const name = { id: 'name', title: 'Name', width: 'minmax(12em, 1fr)', value: (row) => at(row).name, text: (row) => at(row).name };
    return narrow.matches ? [{ ...name, width: '13em', sticky: true }, ...columns] : [...columns, name];
  }

  modes() {
    const mode = state.get('mode') || 'both';
    const one = (id, text) => h('button.toggle', { type: 'button', 'aria-pressed': String(mode === id), onclick: () => change({ mode: id === 'both' ? '' : id }) }, text);
    const hrefOfGraph = this.page.hrefOf('graph');
    return h('span.tools-group', { role: 'group', 'aria-label': 'Show' }, one('both', 'Both'), one('flame', 'Flame graph'), one('table', 'Table'), h('a.button', { href: hrefOfGraph }, 'Graph'));
  }

  moreTools() {
    const select = (param, label, names) => h('label', null, `${label} `, h('select', { onchange: (event) => setOption(param, event.target.value) },
      Object.entries(names).map(([value, text]) => h('option', { value, selected: optionValue(param) === value }, text))));
    const normalized = optionIsOn('norm');
    return [
      h('button.toggle', { type: 'button', 'aria-pressed': String(normalized), title: 'Scale the new profile to the total of the base', onclick: () => setOption('norm', String(!normalized)) }, 'Normalized'),
      select('diffwidth', 'Widths', { max: 'the larger', new: 'new', base: 'base', delta: 'difference' }),
      select('palette', 'Colours', { safe: 'red, blue', classic: 'red, green' })
    ];
  }

  search(regexp) {
    const says = super.search(regexp);
    if (this.rows) {
      this.table.setFilter(regexp === null ? null : (row) => labelMatches(regexp, this.rows[row].name, this.fileOf()));
    }
    return says;
  }
}

function ratio(row) {
  return row.base === 0 ? (row.new === 0 ? 1 : Infinity) : row.new / row.base;
}

export function create(page, name) {
  return new DiffPage(page, name);
}
