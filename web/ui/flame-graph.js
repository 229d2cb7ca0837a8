/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flame graph that answers: pointing, the current box (keyboard, search, clicks), search, colours.
 * Where the data come from and what a click means is its owner's business.
 */
import { announce, h, replace } from './dom.js';
import { changeLegend, colorsOfFrames, packagesOf } from './colors.js';
import { describe, functionOf, hideTip, moreText, nameOf, showTip } from './flame-box.js';
import { listenToPointer } from './flame-input.js';
import { MORE, Model } from './flame-model.js';
import { Painter } from './flame-paint.js';
import { FlameView } from './flame-view.js';
import { selection } from './selection.js';
import { formatDelta, formatShare, formatValue, plural, valueAndShare } from './values.js';

const darkness = window.matchMedia('(prefers-color-scheme: dark)');

/* Of all views, kept whatever is filtered: a package has one colour as long as the page is open. */
const packageColors = new Map();

export class FlameGraph {
  /* @owner: { click(place, event), open(place), menu(place, x, y), settled(), current(place) } */
  constructor(owner, label) {
    this.owner = owner;
    this.hover = null;
    this.current = null; /* { part, box } */
    this.zoomed = null; /* { part, box } that fills the window, or null */
    this.hits = null;
    this.regexp = null;
    this.palette = 'safe';
    this.view = new FlameView({ settled: () => owner.settled?.(), moved: () => this.setZoomed(null) }, label);
    this.legend = h('div.legend', { role: 'group', 'aria-label': 'Legend' });
    this.status = h('div.flame-status', null, h('span.muted', null, ''));
    this.element = h('div.flame-box', null, this.legend, this.view.element, this.status);
    this.view.outline = (part) => this.outlineOf(part);
    listenToPointer(this.view, {
      hover: (place, x, y) => {
        this.pointer = { x, y };
        this.point(place, x, y);
      },
      leave: () => {
        this.pointer = null;
        this.point(null);
      },
      click: (place, event) => this.clicked(place, event),
      menu: (place, x, y) => place && owner.menu(place, x, y)
    });
    this.view.element.addEventListener('blur', () => hideTip());
    this.recolor = () => this.paint();
    darkness.addEventListener('change', this.recolor);
    this.unlisten = selection.onChange(() => this.view.redrawOver());
  }

  destroy() {
    darkness.removeEventListener('change', this.recolor);
    this.unlisten();
    this.view.destroy();
    hideTip();
  }

  /* @parts: [{ tree, head, up, rootText }] */
  setParts(parts, keep) {
    const name = keep && this.current ? this.current.part.model.nameOf(this.current.box) : '';
    const at = name !== '' ? this.parts.indexOf(this.current.part) : -1;
    this.parts = parts;
    for (const part of parts) {
      part.model = new Model(part.tree);
    }
    this.hover = null;
    this.current = null;
    this.paint(keep);
    /* The pointer rests where it was, on another box. */
    if (this.pointer) {
      this.point(this.view.placeAt(this.pointer.x, this.pointer.y), this.pointer.x, this.pointer.y);
    }
    if (name !== '') {
      const part = parts[Math.max(0, at)];
      this.current = { part, box: part.model.boxOf[Math.max(0, part.tree.find(name))] };
    }
    if (this.regexp) {
      this.search(this.regexp);
    }
  }

  paint(keep = true) {
    if (!this.parts) {
      return;
    }
    const frames = this.parts[0].model.frames;
    const compares = this.parts[0].model.compares;
    this.packages = packagesOf(frames, packageColors);
    const colors = colorsOfFrames(frames, this.packages);
    for (const part of this.parts) {
      const pale = part.painter ? part.painter.paleAbove : 0;
      part.painter = new Painter(part.model, { colors, palette: this.palette, dark: darkness.matches, rootText: part.rootText, moreText: (box) => moreText(part, box) });
      part.painter.setHits(this.hits);
      part.painter.paleAbove = keep ? pale : 0;
    }
    this.showLegend(compares);
    this.view.setParts(this.parts, keep);
  }

  showLegend(compares) {
    const { total, mean } = this.parts[0].head;
    const items = compares ? changeLegend(this.palette)
      : this.packages.filter((item) => item.self !== 0).slice(0, 14).map((item) => [`${item.name || '(other)'}${mean ? '' : ` ${formatShare(item.self, total)}`}`, item.color]);
    replace(this.legend, items.map(([text, color]) => h('span.legend-item', { title: text }, h('i', { style: { 'background-color': color } }), text)));
  }

  /* --- Pointing -------------------------------------------------------------------------------- */

  point(place, x, y) {
    const same = this.hover !== null && place !== null && this.hover.part === place.part && this.hover.box === place.box;
    if (place === null) {
      hideTip();
      this.view.element.classList.remove('pointing');
    } else {
      showTip(describe(place.part, place.box), x, y);
      this.view.element.classList.add('pointing');
    }
    if (!same) {
      this.hover = place;
      this.view.redrawOver();
    }
  }

  clicked(place, event) {
    if (place === null) {
      return;
    }
    if (event.ctrlKey || event.metaKey) {
      const name = functionOf(place.part, place.box);
      if (name !== '') {
        selection.toggle(name);
      }
      this.setCurrent(place, false);
      return;
    }
    this.setCurrent(place, false);
    this.owner.click(place, event);
  }

  /* What is outlined in a part, or null. */
  outlineOf(part) {
    const { model } = part;
    const hovered = this.hover !== null ? this.hover.part.model.frame[this.hover.box] : -1;
    const current = this.current !== null && this.current.part === part ? this.current.box : -1;
    const hoverBox = this.hover !== null && this.hover.part === part ? this.hover.box : -1;
    const chosen = selection.size > 0;
    if (hovered < 0 && current < 0 && hoverBox < 0 && !chosen && !model.compares) {
      return null;
    }
    const { functionName } = model.frames;
    const ink = darkness.matches ? LOOKS_DARK : LOOKS;
    return (box) => {
      const frame = model.frame[box];
      if (box === current) {
        return ink.current;
      }
      if (box === hoverBox || (hovered >= 0 && frame === hovered)) {
        return box === hoverBox ? ink.hover : ink.same;
      }
      if (chosen && frame >= 0 && selection.has(functionName[frame])) {
        return ink.chosen;
      }
      if (model.compares && frame >= 0 && model.w[box] > 0.004 * (this.view.to - this.view.from)) {
        const change = model.change(box);
        return change >= 1 ? ink.fresh : change <= -1 ? ink.gone : null;
      }
      return null;
    };
  }

  /* --- The current box ------------------------------------------------------------------------- */

  setCurrent(place, tell = true) {
    this.current = place;
    this.view.redrawOver();
    if (place === null) {
      replace(this.status);
      return;
    }
    const [name, ...lines] = describe(place.part, place.box).map(([text]) => text);
    const { model } = place.part;
    const children = model.tree.columns.kids[model.node[place.box]];
    replace(this.status, h('b', null, name.length > 300 ? name.slice(0, 300) + '\u2026' : name), h('span', null, lines.join(' \u00b7 ')));
    if (tell) {
      announce(`${name.slice(0, 200)}, ${lines.join(', ')}, level ${model.level[place.box]}, ${plural(children, 'callee')}`);
    }
    this.owner.current?.(place);
  }

  goTo(place) {
    if (place === null) {
      return;
    }
    this.view.reveal(place.part, place.box);
    this.setCurrent(place);
    hideTip();
  }

  /* The box that an arrow leads to. */
  neighbour(key) {
    if (this.current === null) {
      const part = this.parts[this.parts.length - 1];
      return { part, box: this.zoomed && this.zoomed.part === part ? this.zoomed.box : 0 };
    }
    const { part, box } = this.current;
    const { model } = part;
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      const to = box + (key === 'ArrowLeft' ? -1 : 1);
      return to >= 0 && to < model.n && model.level[to] === model.level[box] ? { part, box: to } : this.current;
    }
    const deeper = key === (part.up ? 'ArrowUp' : 'ArrowDown');
    if (deeper) {
      const child = model.frame[box] === MORE ? -1 : model.firstChild(box);
      return child >= 0 ? { part, box: child } : this.current;
    }
    if (this.parts.length > 1 && model.level[box] <= part.firstLevel) {
      const other = this.parts.find((one) => one !== part);
      const at = other.model.firstEndingAfter(Math.min(other.firstLevel || 1, other.model.levels - 1), model.x[box] + 1e-12);
      return other.model.levels > 2 && at < other.model.n ? { part: other, box: at } : this.current;
    }
    return model.parent[box] >= 0 ? { part, box: model.parent[box] } : this.current;
  }

  key(event) {
    if (!this.parts) {
      return false;
    }
    if (event.key.startsWith('Arrow') && event.shiftKey) {
      this.view.panBy(event.key === 'ArrowLeft' ? -80 : event.key === 'ArrowRight' ? 80 : 0);
    } else if (event.key.startsWith('Arrow')) {
      this.goTo(this.neighbour(event.key));
    } else if (event.key === '+' || event.key === '=') {
      this.view.zoomAt(this.middle(), 0.7);
    } else if (event.key === '-' || event.key === '_') {
      this.view.zoomAt(this.middle(), 1 / 0.7);
    } else if (event.key === 'PageDown' || event.key === 'PageUp') {
      this.view.element.scrollTop += (event.key === 'PageDown' ? 0.8 : -0.8) * this.view.height;
    } else if (event.key === 'Enter' && this.current !== null) {
      this.owner.click(this.current, event);
    } else if ((event.key === 'ContextMenu' || event.key === 'm') && this.current !== null) {
      const rect = this.view.rectOf(this.current.part, this.current.box);
      this.owner.menu(this.current, rect.left, rect.bottom);
    } else {
      return false;
    }
    return true;
  }

  middle() {
    if (this.current === null) {
      return this.view.width / 2;
    }
    const rect = this.view.rectOf(this.current.part, this.current.box);
    return (rect.left + rect.right) / 2 - this.view.element.getBoundingClientRect().left;
  }

  /* Zooms to a box; its callers stay, paler. */
  zoomTo(place, atOnce) {
    const { part, box } = place;
    this.setZoomed(box === 0 ? null : place);
    this.view.animateTo(part.model.x[box], part.model.x[box] + part.model.w[box], atOnce);
    this.view.showRow(this.view.rowOf(part, box));
  }

  setZoomed(place) {
    this.zoomed = place;
    this.parts?.forEach((one) => {
      one.painter.paleAbove = place !== null && one === place.part ? one.model.level[place.box] : 0;
    });
  }

  zoomOut() {
    this.setZoomed(null);
    this.view.animateTo(0, 1);
  }

  isZoomed() {
    return this.view.to - this.view.from < 1;
  }

  /* --- Search ---------------------------------------------------------------------------------- */

  /* Highlights; says how much of the total matches. Returns the text. */
  search(regexp) {
    this.regexp = regexp;
    if (!this.parts) {
      return '';
    }
    const { frames } = this.parts[0].model;
    this.hits = regexp === null ? null : Uint8Array.from(frames.name, (name, i) => (regexp.test(name) || regexp.test(frames.functionName[i]) || (frames.file[i] !== '' && regexp.test(frames.file[i])) ? 1 : 0));
    this.parts.forEach((part) => {
      part.painter.setHits(this.hits);
    });
    this.view.redraw();
    return regexp === null ? '' : this.describeHits();
  }

  /* Boxes of a part that match, and sums over the outermost ones: none is counted twice. */
  sumHits(part) {
    const sum = { boxes: 0, value: 0, base: 0, self: 0, width: 0 };
    const { model } = part;
    const covered = new Uint8Array(model.n);
    for (let i = 0; i < model.n; i++) {
      const parent = model.parent[i];
      const isHit = model.frame[i] >= 0 && this.hits[model.frame[i]] === 1;
      covered[i] = isHit || (parent >= 0 && covered[parent] === 1) ? 1 : 0;
      if (!isHit || model.level[i] < part.firstLevel) {
        continue;
      }
      const weight = model.weight(i);
      sum.boxes++;
      sum.self += weight.self;
      if (parent < 0 || covered[parent] === 0) {
        sum.value += weight.value;
        sum.base += weight.base;
        sum.width += model.w[i];
      }
    }
    return sum;
  }

  describeHits() {
    const { head, model } = this.parts[this.parts.length - 1];
    const sums = this.parts.map((part) => this.sumHits(part));
    const sum = sums[sums.length - 1];
    const n = sums.reduce((all, one) => all + one.boxes, 0);
    if (n === 0) {
      return 'no match';
    }
    const boxes = plural(n, 'box', 'boxes');
    if (head.mean) {
      return `${boxes}, ${formatShare(sum.width, 1)} of the width`;
    }
    if (sums.length > 1) {
      /* A stack may have matches on both sides of the pivot: the two do not add up. */
      const weigh = ({ base, value }) => (model.compares ? `${formatValue(base, head.format)} \u2192 ${formatValue(value, head.format)}` : valueAndShare(value, head.total, head));
      return `${boxes}: callers ${weigh(sums[0])}, callees ${weigh(sum)}`;
    }
    if (model.compares) {
      return `${boxes}: ${formatValue(sum.base, head.format)} \u2192 ${formatValue(sum.value, head.format)} (${formatDelta(sum.value - sum.base, head.format)})`;
    }
    return `${boxes}: ${valueAndShare(sum.value, head.total, head)}, self ${formatShare(sum.self, head.total)}`;
  }

  next(step) {
    if (this.hits === null || !this.parts) {
      return;
    }
    const all = [];
    for (const part of this.parts) {
      for (let i = 0; i < part.model.n; i++) {
        if (part.model.frame[i] >= 0 && this.hits[part.model.frame[i]] === 1 && part.model.level[i] >= part.firstLevel) {
          all.push({ part, box: i });
        }
      }
    }
    if (all.length === 0) {
      announce('no match');
      return;
    }
    const at = this.current === null ? -1 : all.findIndex((place) => place.part === this.current.part && place.box === this.current.box);
    this.goTo(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
  }

  nameOf(place) {
    return nameOf(place.part, place.box);
  }
}

const LOOKS = {
  current: { color: '#0b57d0', width: 2.5 }, hover: { color: '#1b1f24', width: 1.5 }, same: { color: '#1b1f24', width: 1, dash: [2, 2] },
  chosen: { color: '#7b1fa2', width: 2 }, fresh: { color: '#8a2e16', width: 1 }, gone: { color: '#1d4f7a', width: 1, dash: [4, 2] }
};
const LOOKS_DARK = {
  ...LOOKS, current: { color: '#ffffff', width: 2.5 }, hover: { color: '#ffffff', width: 1.5 }, same: { color: '#ffffff', width: 1, dash: [2, 2] }, chosen: { color: '#ff7bff', width: 2 }
};
