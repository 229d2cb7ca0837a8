/* SPDX-License-Identifier: Apache-2.0 */
/* The flame graph view: tools, loading, pivot, zoom, and all of it in the address. */
import { ask } from './api.js';
import { append, h, replace } from './dom.js';
import { FlameGraph } from './flame-graph.js';
import { openFunctionMenu } from './flame-menu.js';
import { functionOf } from './flame-box.js';
import { FlameSource } from './flame-load.js';
import { MORE } from './flame-model.js';
import { optionIsOn, optionValue, setOption } from './options.js';
import { forServer, regexpOfNames } from './regexps.js';
import { say } from './search.js';
import { formatShare, formatValue, plural, valueAndShare } from './values.js';
import { change, state } from './url.js';

const KEYS = [
  ['arrows', 'move from box to box'], ['Enter, click', 'pivot: all callers above, all callees below'],
  ['z, Shift+click', 'zoom to the box'], ['u, Backspace', 'zoom out to the caller'], ['0, Home', 'whole graph'],
  ['+, -', 'zoom'], ['wheel, Ctrl+wheel', 'zoom; the wheel scrolls where rows do not fit'], ['m', 'menu of the box'],
  ['Ctrl+click, s', 'select, for the refine menu'], ['i', 'icicle or upright'], ['b', 'bottom-up'], ['c', 'collapse recursion']
];

export class FlamePage {
  constructor(page, name) {
    this.page = page;
    this.name = name;
    this.sources = [];
    this.graph = new FlameGraph({
      click: (place, event) => this.click(place, event),
      menu: (place, x, y) => this.menu(place, x, y),
      settled: () => this.settled()
    }, 'Flame graph. Arrow keys move from box to box, Enter pivots, z zooms, m opens a menu.');
    this.tools = h('div.tools', { role: 'toolbar', 'aria-label': 'Flame graph' });
    this.element = h('div.flame-page', null, this.tools, this.graph.element);
    this.keyTitle = 'Flame graph';
    this.keyList = KEYS;
  }

  destroy() {
    this.sources.forEach((source) => source.stop());
    this.graph.destroy();
  }

  /* --- Loading --------------------------------------------------------------------------------- */

  async show(now, before, signal) {
    this.showTools();
    const key = now.query(true) + now.get('p') + this.name;
    if (this.loadedKey !== key) {
      const fresh = await this.load(now, signal);
      this.loadedKey = key;
      this.sources.forEach((source) => source.stop());
      this.sources = [fresh[0].source];
      this.graph.palette = optionValue('palette') || 'safe';
      this.graph.setParts(fresh, false);
      this.graph.view.element.scrollTop = this.topRow() * 18;
      if (now.get('z') !== '') {
        await this.zoomToName(now.get('z'), true);
      }
      this.showTools();
      performance.mark('cpa-first-picture');
    } else if (now.get('z') !== (before ? before.get('z') : '')) {
      await this.zoomToName(now.get('z'), false);
    }
  }

  async load(now, signal) {
    const pivot = now.get('p');
    const width = this.element.clientWidth || window.innerWidth;
    const source = new FlameSource(now, pivot === '' ? null : { p: pivot });
    const parts = await source.load(pivot === '' ? ['all'] : ['callers', 'callees'], width, signal);
    for (const part of parts) {
      part.up = part.side === 'callers' || (part.side === 'all' && optionIsOn('up'));
      part.rootText = this.rootText(part);
    }
    return parts;
  }

  rootText({ side, tree, head }) {
    const what = side === 'all' ? 'all' : 'through the pivot';
    const { value, base } = tree.weightOf(0);
    if (tree.compares) {
      return `${what} ${formatValue(base, head.format)} \u2192 ${formatValue(value, head.format)}`;
    }
    return `${what} ${valueAndShare(value, head.total, head)}`;
  }

  /* The row that is shown first: what all grows from. */
  topRow() {
    const { view } = this.graph;
    if (this.graph.parts.length > 1) {
      return Math.max(0, view.rootRow - Math.floor(view.height / 18 / 2));
    }
    return this.graph.parts[0].up ? view.rows : 0;
  }

  /* When nothing moves: more of what is seen. */
  async settled() {
    if (!this.graph.parts || this.deepening) {
      return;
    }
    this.rememberRange();
    this.deepening = true;
    try {
      for (const part of this.graph.parts) {
        const { source } = part;
        if (await source.deepen(part, this.graph.view) && this.sources.includes(source)) {
          this.regrow();
        }
      }
    } finally {
      this.deepening = false;
    }
  }

  /* A window that is no box is in the address, too, without an entry in the history. */
  rememberRange() {
    const { from, to } = this.graph.view;
    if (this.graph.zoomed === null && state.view === this.name) {
      const text = to - from < 1 ? `${from.toPrecision(7)}~${to.toPrecision(7)}` : '';
      if (text !== state.get('z')) {
        change({ z: text }, { replace: true, quiet: true });
        this.showTools();
      }
    }
  }

  /* The trees have grown: the same window on new boxes. */
  regrow() {
    const { view } = this.graph;
    const row = view.rootRow;
    const { zoomed } = this.graph;
    const name = zoomed ? zoomed.part.model.nameOf(zoomed.box) : '';
    this.graph.setParts(this.graph.parts, true);
    if (zoomed) {
      zoomed.box = zoomed.part.model.boxOf[Math.max(0, zoomed.part.tree.find(name))];
    }
    view.element.scrollTop += (view.rootRow - row) * 18;
    view.settle();
  }

  /* --- Zoom ------------------------------------------------------------------------------------ */

  /* "12.3", or "-12.3" in the part of a pivot that goes up */
  async zoomToName(text, atOnce) {
    if (text === '') {
      this.graph.zoomOut();
      return;
    }
    const range = /^([\d.e-]+)~([\d.e-]+)$/.exec(text);
    if (range) {
      this.graph.setZoomed(null);
      this.graph.view.animateTo(Number(range[1]) || 0, Number(range[2]) || 1, atOnce);
      return;
    }
    const isCaller = text.startsWith('-');
    const name = isCaller ? text.slice(1) : text;
    const { parts, view } = this.graph;
    const part = isCaller ? parts[0] : parts[parts.length - 1];
    /* A link may lead deeper than what was sent at first. */
    if (part.tree.find(name) < 0 && await part.source.open(part, name, view.width * view.ratio)) {
      this.regrow();
    }
    const node = part.tree.find(name);
    if (node >= 0) {
      const place = { part, box: part.model.boxOf[node] };
      this.graph.zoomTo(place, atOnce);
      this.graph.setCurrent(place, false);
    }
  }

  zoom(place) {
    const { part, box } = place;
    const { model } = part;
    const isCaller = part.up && this.graph.parts.length > 1;
    if (model.frame[box] === MORE) {
      this.graph.setZoomed(null);
      this.graph.view.animateTo(model.x[box], model.x[box] + model.w[box]);
      return;
    }
    change({ z: box === 0 ? '' : (isCaller ? '-' : '') + model.nameOf(box) });
    this.showTools();
  }

  click(place, event) {
    const { model } = place.part;
    const frame = model.frame[place.box];
    if (frame < 0 || event.shiftKey || state.get('mode') === 'zoom') {
      this.zoom(place);
      return;
    }
    const regexp = regexpOfNames([functionOf(place.part, place.box)]);
    if (state.get('p') === regexp) {
      this.zoom(place);
    } else {
      /* Shown at once, while the server collects the other places. */
      this.graph.zoomTo(place, false);
      change({ p: regexp, z: '' });
    }
  }

  menu(place, x, y) {
    const name = functionOf(place.part, place.box);
    this.graph.setCurrent(place, false);
    if (name !== '') {
      openFunctionMenu(name, x, y, [
        { text: 'Pivot: all callers and callees', hint: 'Enter', run: () => change({ p: regexpOfNames([name]), z: '' }) },
        { text: 'Zoom to this box', hint: 'z', run: () => this.zoom(place) }
      ], this.graph.view.element);
    }
  }

  key(event) {
    const { current, zoomed } = this.graph;
    if (this.graph.key(event)) {
      return true;
    }
    if (event.key === 'z' && current) {
      this.zoom(current);
    } else if (event.key === 'u' || event.key === 'Backspace') {
      if (zoomed) {
        this.zoom({ part: zoomed.part, box: Math.max(0, zoomed.part.model.parent[zoomed.box]) });
      } else if (this.graph.isZoomed()) {
        this.graph.zoomOut();
      } else if (state.get('p') !== '') {
        change({ p: '', z: '' });
      }
    } else if (event.key === '0' || event.key === 'Home') {
      this.reset();
    } else if (event.key === 's' && current) {
      this.graph.clicked(current, { ctrlKey: true });
    } else if (event.key === 'i') {
      setOption('up', String(!optionIsOn('up')));
    } else if (event.key === 'b') {
      setOption('reverse', String(!optionIsOn('reverse')));
    } else if (event.key === 'c') {
      setOption('collapse', String(!optionIsOn('collapse')));
    } else {
      return false;
    }
    return true;
  }

  escape() {
    if (this.graph.isZoomed() || state.get('z') !== '') {
      this.reset();
    } else if (state.get('p') !== '') {
      change({ p: '', z: '' });
    } else {
      this.graph.setCurrent(null);
    }
  }

  reset() {
    if (state.get('z') !== '') {
      change({ z: '' });
    }
    this.graph.zoomOut();
  }

  /* --- Search ---------------------------------------------------------------------------------- */

  search(regexp) {
    const says = this.graph.search(regexp);
    clearTimeout(this.searchTimer);
    if (regexp !== null && this.graph.parts && state.get('p') === '' && this.graph.parts[0].tree.columns.hiddenCount.some(Boolean)) {
      this.searchTimer = setTimeout(() => this.searchAll(), 200);
    }
    return says;
  }

  /* What is too narrow to be here counts, too: the server knows. */
  async searchAll() {
    const text = state.get('q');
    const source = this.sources[0];
    try {
      const answer = await ask('search', state.query(true, { q: forServer(text) }), { signal: source.controller.signal });
      if (text === state.get('q') && source === this.sources[0] && !answer.empty && !answer.compares && !answer.mean) {
        say(`${plural(answer.n_frames, 'function')}: ${valueAndShare(answer.cum.value, answer.total, answer)}, self ${formatShare(answer.self.value, answer.total)}`);
      }
    } catch {
      /* What is here was counted already. */
    }
  }

  next(step) {
    this.graph.next(step);
  }

  /* Enter in the search box pivots, as in pprof; an empty one takes the pivot back. */
  enter(text) {
    change({ p: text, q: '', z: '' });
  }

  /* --- Tools ----------------------------------------------------------------------------------- */

  showTools() {
    const toggle = (param, text, title) => h('button.toggle', { type: 'button', 'aria-pressed': String(optionIsOn(param)), title, onclick: () => setOption(param, String(!optionIsOn(param))) }, text);
    const isPivot = state.get('p') !== '';
    const zooms = state.get('mode') === 'zoom';
    replace(this.tools,
      h('button', { type: 'button', disabled: state.get('z') === '' && !isPivot, title: 'Whole graph (0, Esc)', onclick: () => (isPivot && state.get('z') === '' ? change({ p: '', z: '' }) : this.reset()) }, isPivot && state.get('z') === '' ? 'Leave pivot' : 'Reset zoom'),
      h('span.tools-group', null,
        toggle('up', 'Upright', 'Roots at the bottom (i)'),
        toggle('reverse', 'Bottom-up', 'From the leaves: callees above their callers (b)'),
        toggle('collapse', 'Collapse recursion', 'A function that calls itself is one box (c)')),
      h('button.toggle', { type: 'button', 'aria-pressed': String(zooms), title: 'A click zooms to the box instead of collecting all callers and callees of its function', onclick: () => change({ mode: zooms ? '' : 'zoom' }) }, 'Click zooms'));
    append(this.tools, this.moreTools());
  }

  moreTools() {
    const wheel = this.graph.parts && this.graph.view.scrolls() ? 'Ctrl+wheel' : 'Wheel';
    const click = state.get('mode') === 'zoom' ? 'Click: zoom' : 'Click: callers and callees';
    return [h('span.hint', { id: 'flame-keys' }, `${click}. ${wheel}: zoom. Right click: menu`)];
  }
}

export function create(page, name) {
  return new FlamePage(page, name);
}
