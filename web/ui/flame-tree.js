/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a flame graph as the server sends it, and what is grafted onto it later.
 *
 *   preorder   frame[i], kids[i], value[i] ...; the children of a box follow it, widest first
 *   hidden     what a box has besides the children sent: count, value
 *   frames     shared by all answers of one view; known by their printable name
 *
 * Numbers are raw values: those of an answer times its scale.
 */

export class Frames {
  constructor() {
    this.ids = new Map();
    this.name = [];
    this.shortName = [];
    this.functionName = [];
    this.file = [];
    this.pkg = [];
    this.isInline = [];
    this.cum = [];
    this.self = [];
    this.baseCum = [];
    this.baseSelf = [];
  }

  get length() {
    return this.name.length;
  }

  /* Adds the frames of an answer. Returns their ids, by their numbers in the answer. */
  add(answer) {
    const from = answer.frames;
    const strings = answer.strings;
    const ids = new Int32Array(from.name.length);
    for (let i = 0; i < ids.length; i++) {
      const name = strings[from.name[i]];
      let id = this.ids.get(name);
      if (id === undefined) {
        id = this.length;
        this.ids.set(name, id);
        this.name.push(name);
        this.shortName.push(strings[from.short[i]] || name);
        this.functionName.push(strings[from.function[i]] || name);
        this.file.push(strings[from.file[i]]);
        this.pkg.push(strings[from.package[i]]);
        this.isInline.push(Boolean(from.inline[i]));
        this.cum.push(from.cum[i]);
        this.self.push(from.self[i]);
        this.baseCum.push(from.base_cum ? from.base_cum[i] : 0);
        this.baseSelf.push(from.base_self ? from.base_self[i] : 0);
      }
      ids[i] = id;
    }
    return ids;
  }
}

const COLUMNS = ['frame', 'kids', 'size', 'value', 'base', 'width', 'div', 'baseDiv', 'hiddenCount', 'hiddenValue', 'hiddenBase', 'hiddenWidth'];
const WHOLE = new Set(['frame', 'kids', 'size', 'hiddenCount']);

function emptyColumns(n) {
  const columns = {};
  for (const name of COLUMNS) {
    columns[name] = WHOLE.has(name) ? new Int32Array(n) : new Float64Array(n);
  }
  columns.n = n;
  return columns;
}

function copyScaled(to, from, scale) {
  for (let i = 0; i < to.length; i++) {
    to[i] = from[i] * scale;
  }
}

/* Sizes of the subtrees, from the numbers of children; from the end, since children come later. */
function measureSubtrees(columns) {
  const { kids, size, n } = columns;
  for (let i = n - 1; i >= 0; i--) {
    let at = i + 1;
    for (let k = 0; k < kids[i]; k++) {
      at += size[at];
    }
    size[i] = at - i;
  }
}

function columnsOf(answer, ids) {
  const { nodes, hidden, scale } = answer.tree;
  const n = nodes.frame.length;
  const c = emptyColumns(n);
  for (let i = 0; i < n; i++) {
    c.frame[i] = nodes.frame[i] < 0 ? -1 : ids[nodes.frame[i]];
    c.kids[i] = nodes.kids[i];
  }
  copyScaled(c.value, nodes.value, scale);
  if (nodes.base) {
    copyScaled(c.base, nodes.base, scale);
  }
  copyScaled(c.width, nodes.width || nodes.value, scale);
  if (nodes.div) {
    copyScaled(c.div, nodes.div, 1);
  }
  if (nodes.base_div) {
    copyScaled(c.baseDiv, nodes.base_div, 1);
  }
  for (let k = 0, at = 0; k < hidden.node.length; k++) {
    at += hidden.node[k];
    c.hiddenCount[at] = hidden.count[k];
    c.hiddenValue[at] = hidden.value[k] * scale;
    c.hiddenBase[at] = hidden.base ? hidden.base[k] * scale : 0;
    c.hiddenWidth[at] = (hidden.width ? hidden.width[k] : hidden.value[k]) * scale;
  }
  measureSubtrees(c);
  return c;
}

export class Tree {
  constructor(answer, frames) {
    this.frames = frames || new Frames();
    this.compares = Boolean(answer.compares);
    this.columns = columnsOf(answer, this.frames.add(answer));
  }

  /* The box of a path of ranks, or as far as the tree goes. Returns [box, whether that is all]. */
  find(ranks) {
    const { kids, size } = this.columns;
    let at = 0;
    for (const rank of ranks) {
      if (rank >= kids[at]) {
        return [at, false];
      }
      at++;
      for (let k = 0; k < rank; k++) {
        at += size[at];
      }
    }
    return [at, true];
  }

  /*
   * Puts an answer in the place of a box: of all that is in it, or of what was hidden in it after
   * its first @skip children.
   */
  graft(box, answer, skip) {
    const part = columnsOf(answer, this.frames.add(answer));
    const old = this.columns;
    const keep = skip > 0;
    const from = keep ? box + old.size[box] : box;
    const to = box + old.size[box];
    const partFrom = keep ? 1 : 0;
    const n = from + (part.n - partFrom) + (old.n - to);
    const merged = emptyColumns(n);
    for (const name of COLUMNS) {
      merged[name].set(old[name].subarray(0, from), 0);
      merged[name].set(part[name].subarray(partFrom), from);
      merged[name].set(old[name].subarray(to), from + part.n - partFrom);
    }
    if (keep) {
      merged.kids[box] += part.kids[0];
      for (const name of ['hiddenCount', 'hiddenValue', 'hiddenBase', 'hiddenWidth']) {
        merged[name][box] = part[name][0];
      }
    } else {
      merged.frame[box] = old.frame[box];
    }
    measureSubtrees(merged);
    this.columns = merged;
  }
}

/* --- Paths as text: "0.3.1", "0x9998.3" ---------------------------------------------------------- */

export function pathText(ranks) {
  const runs = [];
  for (let i = 0; i < ranks.length;) {
    let n = 1;
    while (i + n < ranks.length && ranks[i + n] === ranks[i]) {
      n++;
    }
    runs.push(n > 1 ? `${ranks[i]}x${n}` : String(ranks[i]));
    i += n;
  }
  return runs.join('.');
}

export function pathRanks(text) {
  const ranks = [];
  for (const run of text.split('.')) {
    const found = /^(\d{1,7})(?:x(\d{1,6}))?$/.exec(run);
    if (!found) {
      return [];
    }
    for (let k = Number(found[2] || 1); k > 0 && ranks.length < 200000; k--) {
      ranks.push(Number(found[1]));
    }
  }
  return ranks;
}
