/* SPDX-License-Identifier: Apache-2.0 */
/* The flame graph view: tools, loading, pivot, zoom, and all of it in the address. */
import { append, h, replace } from './dom.js';
import { FlameGraph } from './flame-graph.js';
import { openFunctionMenu } from './flame-menu.js';
import { functionOf, nameOf } from './flame-box.js';
import { FlameSource } from './flame-load.js';
import { MORE } from './flame-model.js';
import { pathRanks, pathText } from './flame-tree.js';
import { optionIsOn, optionValue, setOption } from './options.js';
import { regexpOfNames } from './regexps.js';
import { formatValue } from './values.js';
import { change, state } from './url.js';

export const KEYS = [
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
      this.sources = fresh.map((part) => part.source);
      this.graph.palette = optionValue('palette') || 'safe';
      this.graph.setParts(fresh, false);
      this.graph.view.element.scrollTop = this.topRow() * 18;
      if (now.get('z') !== '') {
        await this.zoomToPath(now.get('z'), true);
      }
      this.showTools();
      performance.mark('cpa-first-picture');
    } else if (now.get('z') !== (before ? before.get('z') : '')) {
      await this.zoomToPath(now.get('z'), false);
    }
  }

  async load(now, signal) {
    const pivot = now.get('p');
    const width = this.element.clientWidth || window.innerWidth;
    if (pivot === '') {
      const source = new FlameSource(now);
      const tree = source.build(await source.fetch(width, signal));
      return [this.part(source, tree, optionIsOn('up'), 'all')];
    }
    const below = new FlameSource(now, { p: pivot, side: 'callees' });
    const above = new FlameSource(now, { p: pivot, side: 'callers' });
    const [callees, callers] = await Promise.all([below.fetch(width, signal), above.fetch(width, signal)]);
    const tree = below.build(callees);
    return [this.part(above, above.build(callers, tree.frames), true, ''), this.part(below, tree, false, 'through the pivot')];
  }

  part(source, tree, up, what) {
    const { head } = source;
    const root = formatValue(tree.columns.value[0], head.format);
    const share = head.total && !head.mean && !tree.compares ? ` (${(tree.columns.value[0] / head.total * 100).toFixed(1).replace(/\.0$/, '')}%)` : '';
    const rootText = tree.compares ? `${what} ${formatValue(tree.columns.base[0], head.format)} \u2192 ${root}` : `${what} ${root}${share}`;
    return { source, tree, head, up, rootText };
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

  /* The trees have grown: the same window on new boxes. */
  regrow() {
    const { view } = this.graph;
    const row = view.rootRow;
    const zoomed = this.graph.zoomed;
    const ranks = zoomed ? zoomed.part.model.ranks(zoomed.box) : null;
    this.graph.setParts(this.graph.parts, true);
    if (ranks) {
      zoomed.box = zoomed.part.model.boxOf[zoomed.part.tree.find(ranks)[0]];
    }
    view.element.scrollTop += (view.rootRow - row) * 18;
    view.settle();
  }

  /* --- Zoom ------------------------------------------------------------------------------------ */

  /* "-0.3": in the part that grows up of a pivot */
  async zoomToPath(text, atOnce) {
    if (text === '') {
      this.graph.zoomOut();
      return;
    }
    const isCaller = text.startsWith('-');
    const parts = this.graph.parts;
    const part = isCaller ? parts[0] : parts[parts.length - 1];
    const ranks = pathRanks(isCaller ? text.slice(1) : text);
    let [node, whole] = part.tree.find(ranks);
    /* A link may lead deeper than what was sent at first. */
    for (let tries = 0; !whole && tries < 40; tries++) {
      this.graph.zoomTo({ part, box: part.model.boxOf[node] }, true);
      if (!await part.source.deepen(part, this.graph.view)) {
        break;
      }
      this.regrow();
      const found = part.tree.find(ranks);
      if (found[0] === node && !found[1] && tries > 3) {
        break;
      }
      [node, whole] = found;
    }
    const place = { part, box: part.model.boxOf[node] };
    this.graph.zoomTo(place, atOnce);
    this.graph.setCurrent(place, false);
  }

  zoom(place) {
    const { part, box } = place;
    const { model } = part;
    const isCaller = part.up && this.graph.parts.length > 1;
    if (model.frame[box] === MORE) {
      this.graph.zoomed = null;
      this.graph.view.animateTo(model.x[box], model.x[box] + model.w[box]);
      return;
    }
    const path = pathText(model.ranks(box));
    change({ z: path === '' ? '' : (isCaller ? '-' : '') + path });
    this.showTools();
  }

  click(place, event) {
    const { model } = place.part;
    const frame = model.frame[place.box];
    if (frame < 0 || event.shiftKey || state.get('mode') === 'zoom') {
      this.zoom(place);
      return;
    }
    const regexp = regexpOfNames([nameOf(place.part, place.box)]);
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
        { text: 'Pivot: all callers and callees', hint: 'Enter', run: () => change({ p: regexpOfNames([nameOf(place.part, place.box)]), z: '' }) },
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
    return this.graph.search(regexp);
  }

  next(step) {
    this.graph.next(step);
  }

  /* Enter in the search box pivots, as in pprof, once one match was looked at: first to the match. */
  enter(text) {
    if (this.lastEnter === text && state.get('p') !== text) {
      change({ p: text, q: '', z: '' });
    } else {
      this.graph.next(1);
    }
    this.lastEnter = text;
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
    return [h('span.hint', { id: 'flame-keys' }, 'Click: callers and callees. Right click: menu. ? for keys')];
  }
}

export function create(page, name) {
  return new FlamePage(page, name);
}
