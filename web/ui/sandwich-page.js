/* SPDX-License-Identifier: Apache-2.0 */
/* Sandwich: a list of functions; of the chosen one its callers and its callees, as flame graphs. */
import { ask } from './api.js';
import { h, replace } from './dom.js';
import { FlameGraph } from './flame-graph.js';
import { functionOf } from './flame-box.js';
import { FlameSource, emptyError } from './flame-load.js';
import { openFunctionMenu } from './flame-menu.js';
import { functionName, labelMatches } from './names.js';
import { regexpOfNames } from './regexps.js';
import { Table } from './table.js';
import { formatShare, formatValue, valueAndShare } from './values.js';
import { change } from './url.js';

class SandwichPage {
  constructor(page) {
    this.page = page;
    this.panes = [this.pane('callers', 'Callers'), this.pane('callees', 'Callees')];
    this.table = new Table('Functions', {
      open: (row) => change({ fn: this.rows.name[row] }),
      isSelected: (row) => this.rows.name[row] === this.shown,
      menu: (row, x, y, from) => openFunctionMenu(functionName(this.rows.name[row], this.rows.file[row]), x, y, [], from || this.table.body)
    });
    this.title = h('div.tools');
    this.element = h('div.sandwich-page', null, this.table.element,
      h('div.sandwich-panes', null, this.title, this.panes.map((pane) => h('section', { 'aria-label': pane.title }, h('h2', null, pane.title), pane.graph.element))));
    this.keyTitle = 'Sandwich';
    this.keyList = [['arrows, Enter', 'in the list: choose a function; in a graph: move, choose'], ['z', 'zoom to the box'], ['0', 'whole graph'], ['m', 'menu']];
    this.active = this.panes[1];
  }

  pane(side, title) {
    const pane = { side, title, graph: null };
    pane.graph = new FlameGraph({
      click: (place, event) => {
        if (event.shiftKey || place.part.model.frame[place.box] < 0) {
          pane.graph.zoomTo(place);
        } else {
          change({ fn: functionOf(place.part, place.box) });
        }
      },
      menu: (place, x, y) => functionOf(place.part, place.box) && openFunctionMenu(functionOf(place.part, place.box), x, y, [
        { text: 'Sandwich of it', run: () => change({ fn: functionOf(place.part, place.box) }) }, { text: 'Zoom to this box', run: () => pane.graph.zoomTo(place) }
      ], pane.graph.view.element),
      settled: () => this.settled(pane)
    }, `${title}, as a flame graph`);
    pane.graph.view.element.addEventListener('focus', () => {
      this.active = pane;
    });
    return pane;
  }

  destroy() {
    this.panes.forEach((pane) => {
      pane.graph.destroy();
    });
    this.source?.stop();
    this.table.destroy();
  }

  async show(now, before, signal) {
    const query = now.query(true);
    const answer = await ask('top', query, { signal });
    if (answer.empty) {
      throw emptyError(answer);
    }
    if (answer.rows.name.length === 0) {
      throw emptyError({ message: 'sandwich: no function is left' });
    }
    this.head = answer;
    if (this.rows !== answer.rows) {
      this.rows = answer.rows;
      this.table.setRows(this.columns(), this.rows.name.length, this.regexp ? (row) => this.regexp.test(this.rows.name[row]) : null);
    }
    /* The heaviest one, until another is chosen. */
    this.shown = now.get('fn') || this.heaviest();
    this.table.redraw();
    const row = this.rows.name.indexOf(this.shown);
    this.functionShown = row >= 0 ? functionName(this.shown, this.rows.file[row]) : this.shown;
    replace(this.title, h('b.sandwich-name', { title: this.shown }, this.shown), row >= 0 ? h('span.hint', null, `${valueAndShare(this.rows.cum[row], answer.total, answer)}, self ${valueAndShare(this.rows.flat[row], answer.total, answer)}`) : null);
    await this.load(now, signal);
  }

  /* A row without a name is no function. */
  heaviest() {
    const { name, flat } = this.rows;
    const named = name.map((one, i) => i).filter((i) => name[i] !== '<unknown>');
    return name[named.reduce((best, i) => (flat[i] > flat[best] ? i : best), named[0] || 0)];
  }

  async load(now, signal) {
    const key = now.query(true) + this.shown;
    if (this.key === key) {
      return;
    }
    const source = new FlameSource(now, { p: regexpOfNames([this.functionShown]) });
    const width = this.panes[0].graph.element.clientWidth || window.innerWidth;
    const parts = await source.load(['callers', 'callees'], width, signal);
    this.key = key;
    this.source?.stop();
    this.source = source;
    this.panes.forEach((pane, i) => {
      const part = parts[i];
      part.up = pane.side === 'callers';
      part.rootText = `${pane.title.toLowerCase()} ${formatValue(part.tree.weightOf(0).value, part.head.format)}`;
      pane.graph.setParts([part], false);
      pane.graph.view.element.scrollTop = part.up ? 1e7 : 0;
    });
  }

  async settled(pane) {
    if (!pane.graph.parts || pane.deepening) {
      return;
    }
    pane.deepening = true;
    const { source } = this;
    if (await source.deepen(pane.graph.parts[0], pane.graph.view) && source === this.source) {
      pane.graph.setParts(pane.graph.parts, true);
      pane.graph.view.settle();
    }
    pane.deepening = false;
  }

  columns() {
    const { rows, head } = this;
    const share = (list) => (row) => (head.total ? list[row] / head.total : 0);
    return [
      { id: 'flat', title: 'Self', number: true, width: '6.5em', value: (row) => rows.flat[row], share: share(rows.flat), text: (row) => formatValue(rows.flat[row], head.format), help: 'In the function itself' },
      { id: 'cum', title: 'Total', number: true, width: '6.5em', value: (row) => rows.cum[row], share: share(rows.cum), text: (row) => formatValue(rows.cum[row], head.format), help: 'With what it calls' },
      { id: 'name', title: 'Function', width: 'minmax(8em, 1fr)', value: (row) => rows.name[row], text: (row) => rows.name[row] }
    ];
  }

  key(event) {
    const { graph } = this.active;
    if (graph.key(event)) {
      return true;
    }
    if (event.key === 'z' && graph.current) {
      graph.zoomTo(graph.current);
    } else if (event.key === '0' || event.key === 'Home' || event.key === 'u') {
      graph.zoomOut();
    } else {
      return false;
    }
    return true;
  }

  escape() {
    this.panes.forEach((pane) => pane.graph.zoomOut());
  }

  search(regexp) {
    this.regexp = regexp;
    if (!this.rows) {
      return '';
    }
    this.panes.forEach((pane) => pane.graph.search(regexp));
    this.table.setFilter(regexp === null ? null : (row) => labelMatches(regexp, this.rows.name[row], this.rows.file[row]));
    const flat = this.table.order.reduce((sum, row) => sum + this.rows.flat[row], 0);
    return regexp === null ? '' : `${this.table.order.length.toLocaleString('en')} functions, self ${formatShare(flat, this.head.total)}`;
  }

  next(step) {
    this.active.graph.next(step);
  }
}

export function create(page) {
  return new SandwichPage(page);
}
