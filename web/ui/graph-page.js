/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call graph: the server draws it, this moves it. The elements are parsed as XML, styles go into
 * a style sheet of their own; element i of the data is the group with data-i = i.
 */
import { ask } from './api.js';
import { hideTip, showTip } from './flame-box.js';
import { emptyError } from './flame-load.js';
import { openFunctionMenu } from './flame-menu.js';
import { announce, h, replace } from './dom.js';
import { functionName, labelMatches } from './names.js';
import { selection } from './selection.js';
import { formatShare, formatValue, plural, valueAndShare } from './values.js';
import { listenToMoves } from './graph-input.js';
import { optionValue, setOption } from './options.js';

const STEP = 5;
const sheet = new CSSStyleSheet();

class GraphPage {
  constructor(page) {
    this.page = page;
    this.view = { x: 0, y: 0, k: 1 };
    this.current = -1;
    this.hits = [];
    this.groups = [];
    this.pane = h('div.graph', { tabindex: '0', role: 'application', 'aria-roledescription': 'call graph', 'aria-label': 'Call graph. Arrow keys follow the heaviest calls, Enter selects, plus and minus zoom.' });
    this.tools = h('div.tools', { role: 'toolbar', 'aria-label': 'Graph' });
    this.legend = h('details.graph-legend', null, h('summary', null, 'Legend'), h('div'));
    this.status = h('div.flame-status');
    this.element = h('div.graph-page', null, this.tools, h('div.graph-frame', null, this.pane, this.legend), this.status);
    this.keyTitle = 'Graph';
    this.keyList = [['arrows', 'follow the heaviest call down or up; next box'], ['Enter, click', 'select'], ['Ctrl+click', 'select several'], ['+, -', 'zoom'], ['0, Home', 'whole graph'], ['m', 'menu of the function']];
    this.unlisten = selection.onChange(() => this.showSelection());
    this.stopMoves = listenToMoves(this.pane, this);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets.filter((one) => one !== sheet), sheet];
  }

  destroy() {
    this.unlisten();
    this.stopMoves();
    hideTip();
  }

  async show(now, before, signal, profileLoaded) {
    const query = now.query(true);
    if (query === this.query) {
      return;
    }
    const answer = await ask('graph', query, { signal });
    if (answer.empty) {
      throw emptyError(answer);
    }
    await profileLoaded;
    this.query = query;
    this.head = answer;
    sheet.replaceSync(answer.css);
    const xml = new DOMParser().parseFromString(`<svg xmlns="http://www.w3.org/2000/svg">${answer.svg}</svg>`, 'image/svg+xml');
    if (xml.querySelector('parsererror')) {
      throw new Error('the graph could not be read');
    }
    this.size = { width: answer.width, height: answer.height };
    this.svg = document.importNode(xml.documentElement, true);
    this.svg.setAttribute('class', 'graph-svg');
    this.svg.setAttribute('aria-hidden', 'true');
    this.svg.setAttribute('width', this.pane.clientWidth);
    this.svg.setAttribute('height', this.pane.clientHeight);
    this.world = this.svg.querySelector('#world') || this.svg;
    this.readGroups(answer.data);
    replace(this.pane, this.svg);
    replace(this.legend.lastChild, answer.legend.map((line) => h('p', null, line)));
    this.current = -1;
    this.fitAll();
    this.showTools();
    this.showSelection();
  }

  readGroups(data) {
    const n = data.groups.length / STEP;
    this.entries = data.entries;
    this.groups = Array.from({ length: n }, (_, i) => {
      const at = STEP * i;
      const g = data.groups;
      return { entry: g[at], cum: g[at + 1], self: g[at + 2], from: g[at + 3], to: g[at + 4], element: null, title: '', edges: [] };
    });
    for (const element of this.world.querySelectorAll('g[data-i]')) {
      const group = this.groups[Number(element.getAttribute('data-i'))];
      const title = element.querySelector('title');
      group.element = element;
      if (title) {
        group.title = title.textContent;
        title.remove();
      }
    }
    this.groups.forEach((group, i) => {
      if (group.from >= 0) {
        this.groups[group.from].edges.push(i);
        this.groups[group.to].edges.push(i);
      }
    });
  }

  nameOf(i) {
    const { entry } = this.groups[i];
    return entry >= 0 ? functionName(this.entries[entry][0], this.hasFiles() ? undefined : '') : '';
  }

  /* Whether labels have files and lines behind the names. */
  hasFiles() {
    return !['', 'functions'].includes(optionValue('g'));
  }

  /* --- Moving ---------------------------------------------------------------------------------- */

  place() {
    const { x, y, k } = this.view;
    this.world.setAttribute('transform', `translate(${x.toFixed(2)},${y.toFixed(2)}) scale(${k.toFixed(4)})`);
  }

  fitAll() {
    const { clientWidth: width, clientHeight: height } = this.pane;
    let k = Math.min(1.4, (width - 16) / this.size.width, (height - 16) / this.size.height);
    /* A picture that would be too small to read starts at its top, as wide as the window. */
    k = Math.max(k, Math.min(0.5, (width - 16) / this.size.width));
    this.view = { x: Math.max(8, (width - this.size.width * k) / 2), y: 8, k };
    this.place();
  }

  moveBy(dx, dy) {
    this.view.x += dx;
    this.view.y += dy;
    this.place();
  }

  zoomAt(x, y, factor) {
    const k = Math.max(0.02, Math.min(10, this.view.k * factor));
    this.view.x = x - (x - this.view.x) * k / this.view.k;
    this.view.y = y - (y - this.view.y) * k / this.view.k;
    this.view.k = k;
    this.place();
  }

  /* --- Pointing -------------------------------------------------------------------------------- */

  describe(i) {
    const group = this.groups[i];
    if (group.entry < 0) {
      return group.title.split('\n').map((line, k) => [line, k === 0 ? 'strong' : '']);
    }
    const entry = this.entries[group.entry];
    const lines = [[entry[0], 'strong'], [`${valueAndShare(group.cum, this.head.total, this.head)}, self ${valueAndShare(group.self, this.head.total, this.head)}`, '']];
    if (entry[3]) {
      lines.push([entry[3], 'weak']);
    }
    return lines;
  }

  hover(element, x, y) {
    const node = element && element.closest ? element.closest('g[data-i]') : null;
    const i = node ? Number(node.getAttribute('data-i')) : -1;
    if (i < 0) {
      hideTip();
    } else {
      showTip(this.describe(i), x, y);
    }
    if (i === this.hovered) {
      return;
    }
    this.hovered = i;
    this.world.querySelectorAll('.near').forEach((one) => one.classList.remove('near'));
    const near = i < 0 ? [] : this.groups[i].from >= 0 ? [i] : [i, ...this.groups[i].edges];
    near.forEach((k) => this.groups[k].element && this.groups[k].element.classList.add('near'));
    this.svg.classList.toggle('pointing', i >= 0 && (this.groups[i].entry >= 0 || this.groups[i].from >= 0));
  }

  groupOf(element) {
    const node = element && element.closest ? element.closest('g[data-i]') : null;
    const i = node ? Number(node.getAttribute('data-i')) : -1;
    return i >= 0 && this.groups[i].entry >= 0 ? i : -1;
  }

  click(element, event) {
    const i = this.groupOf(element);
    if (i < 0) {
      if (!event.ctrlKey && !event.metaKey) {
        selection.clear();
      }
      return;
    }
    this.select(i, event.ctrlKey || event.metaKey || event.shiftKey);
  }

  /* As in pprof a second click takes it back. */
  select(i, more) {
    const name = this.nameOf(i);
    this.setCurrent(i);
    if (more) {
      selection.toggle(name);
    } else if (selection.size === 1 && selection.has(name)) {
      selection.clear();
    } else {
      selection.set([name]);
    }
  }

  menu(element, x, y) {
    const i = this.groupOf(element);
    if (i >= 0) {
      openFunctionMenu(this.nameOf(i), x, y, [], this.pane);
    }
  }

  setCurrent(i) {
    if (this.current >= 0 && this.groups[this.current].element) {
      this.groups[this.current].element.classList.remove('current');
    }
    this.current = i;
    if (i < 0) {
      replace(this.status);
      return;
    }
    this.groups[i].element.classList.add('current');
    const [name, ...lines] = this.describe(i).map(([text]) => text);
    replace(this.status, h('b', null, name), h('span', null, lines.join(' \u00b7 ')));
    announce(`${name}, ${lines.join(', ')}`);
  }

  goTo(i) {
    const rect = this.groups[i].element && this.groups[i].element.querySelector('rect');
    if (rect) {
      const x = parseFloat(rect.getAttribute('x')) + parseFloat(rect.getAttribute('width')) / 2;
      const y = parseFloat(rect.getAttribute('y')) + parseFloat(rect.getAttribute('height')) / 2;
      const k = Math.max(this.view.k, 0.7);
      this.view = { x: this.pane.clientWidth / 2 - x * k, y: this.pane.clientHeight / 2 - y * k, k };
      this.place();
    }
    this.setCurrent(i);
  }

  showSelection() {
    this.groups.forEach((group, i) => {
      if (group.element && group.entry >= 0) {
        group.element.classList.toggle('chosen', selection.has(this.nameOf(i)));
      }
    });
  }

  /* --- Keyboard -------------------------------------------------------------------------------- */

  /* The heaviest edge down or up from the current box, or the next box. */
  neighbour(key) {
    const { groups, current } = this;
    if (current < 0) {
      return groups.findIndex((group) => group.entry >= 0);
    }
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      const down = key === 'ArrowDown';
      const edges = groups[current].edges.filter((k) => (down ? groups[k].from : groups[k].to) === current && groups[k].from !== groups[k].to);
      edges.sort((a, b) => groups[b].cum - groups[a].cum);
      return edges.length === 0 ? current : down ? groups[edges[0]].to : groups[edges[0]].from;
    }
    const n = groups.length;
    let i = current;
    do {
      i = (i + (key === 'ArrowLeft' ? n - 1 : 1)) % n;
    } while (groups[i].entry < 0 && i !== current);
    return i;
  }

  key(event) {
    const { clientWidth: width, clientHeight: height } = this.pane;
    if (this.groups.length === 0) {
      return false;
    }
    if (event.key.startsWith('Arrow')) {
      const to = this.neighbour(event.key);
      if (to >= 0) {
        this.goTo(to);
      }
    } else if (event.key === 'Enter' && this.current >= 0) {
      this.select(this.current, false);
    } else if ((event.key === ' ' || event.key === 's') && this.current >= 0) {
      this.select(this.current, true);
    } else if (event.key === '+' || event.key === '=' || event.key === '-') {
      this.zoomAt(width / 2, height / 2, event.key === '-' ? 0.8 : 1.25);
    } else if (event.key === '0' || event.key === 'Home') {
      this.fitAll();
    } else if ((event.key === 'm' || event.key === 'ContextMenu') && this.current >= 0) {
      const box = this.groups[this.current].element.getBoundingClientRect();
      openFunctionMenu(this.nameOf(this.current), box.left, box.bottom, [], this.pane);
    } else {
      return false;
    }
    return true;
  }

  escape() {
    this.setCurrent(-1);
    this.fitAll();
  }

  /* --- Search ---------------------------------------------------------------------------------- */

  search(regexp) {
    if (this.groups.length === 0) {
      return '';
    }
    this.hits = [];
    const files = this.hasFiles() ? undefined : '';
    this.groups.forEach((group, i) => {
      const isHit = regexp !== null && group.entry >= 0 && labelMatches(regexp, this.entries[group.entry][0], files);
      if (isHit) {
        this.hits.push(i);
      }
      if (group.element) {
        group.element.classList.toggle('hit', isHit);
      }
    });
    this.svg.classList.toggle('searching', regexp !== null);
    if (regexp === null) {
      return '';
    }
    const self = this.hits.reduce((sum, i) => sum + this.groups[i].self, 0);
    return this.hits.length === 0 ? 'no match' : `${plural(this.hits.length, 'node')}, self ${formatValue(self, this.head.format)}${this.head.mean ? '' : ` (${formatShare(self, this.head.total)})`}`;
  }

  next(step) {
    if (this.hits.length > 0) {
      const at = this.hits.indexOf(this.current);
      this.goTo(this.hits[at < 0 ? (step > 0 ? 0 : this.hits.length - 1) : (at + step + this.hits.length) % this.hits.length]);
    }
  }

  showTools() {
    const number = optionValue('n');
    const nodes = ['-1', '20', '40', '80', '160', '400', '1000'];
    replace(this.tools,
      h('button', { type: 'button', title: 'Whole graph (0)', onclick: () => this.fitAll() }, 'Fit'),
      h('button', { type: 'button', 'aria-label': 'Zoom in', title: 'Zoom in (+)', onclick: () => this.zoomAt(this.pane.clientWidth / 2, this.pane.clientHeight / 2, 1.25) }, '+'),
      h('button', { type: 'button', 'aria-label': 'Zoom out', title: 'Zoom out (\u2212)', onclick: () => this.zoomAt(this.pane.clientWidth / 2, this.pane.clientHeight / 2, 0.8) }, '\u2212'),
      h('label', null, 'Nodes ', h('select', { onchange: (event) => setOption('n', event.target.value) },
        (nodes.includes(number) ? nodes : [number, ...nodes]).map((text) => h('option', { value: text, selected: text === number }, text === '-1' ? 'default' : text)))),
      h('span.hint', null, this.head.legend.find((line) => line.startsWith('Showing top')) || ''));
  }
}

export function create(page) {
  return new GraphPage(page);
}
