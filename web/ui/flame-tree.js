/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a flame graph as the server sends it, and what is grafted onto it later.
 *
 *   preorder   frame[i], kids[i], value[i] ...; the children of a box follow it, widest first
 *   stack      with the depth it names a box, "RUN.DEPTH", in all answers of one view
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

const COLUMNS = ['frame', 'kids', 'size', 'stack', 'depth', 'value', 'base', 'width', 'div', 'baseDiv', 'hiddenCount', 'hiddenValue', 'hiddenBase', 'hiddenWidth', 'hiddenDiv', 'hiddenBaseDiv'];
const WHOLE = new Set(['frame', 'kids', 'size', 'stack', 'depth', 'hiddenCount']);

/* Towards zero, as the server divides. */
export function mean(sum, div) {
  return div !== 0 ? Math.trunc(sum / div) : sum;
}

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

/* @side: { path, tree }; @ids: of the frames, by their numbers in the answer */
function columnsOf(side, ids) {
  const { nodes, hidden, scale } = side.tree;
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
    c.hiddenDiv[at] = hidden.div ? hidden.div[k] : 0;
    c.hiddenBaseDiv[at] = hidden.base_div ? hidden.base_div[k] : 0;
  }
  measureSubtrees(c);
  /* Parents come first: a stack is told as what it adds to that of the parent. */
  c.depth[0] = side.path.frame.length - 1;
  c.stack[0] = nodes.stack[0];
  for (let i = 0; i < n; i++) {
    for (let k = 0, at = i + 1; k < c.kids[i]; k++) {
      c.depth[at] = c.depth[i] + 1;
      c.stack[at] = c.stack[i] + nodes.stack[at];
      at += c.size[at];
    }
  }
  return c;
}

/* A chain of boxes from the path of an answer: nodes first..last, each in the one before. */
function chainOf(path, first, last, ids) {
  const c = emptyColumns(last - first + 1);
  const width = path.width || path.value;
  for (let i = 0; i < c.n; i++) {
    const at = first + i;
    c.frame[i] = ids[path.frame[at]];
    c.kids[i] = 1;
    c.depth[i] = at;
    c.stack[i] = path.stack[at];
    c.value[i] = path.value[at];
    c.base[i] = path.base ? path.base[at] : 0;
    c.width[i] = width[at];
    c.div[i] = path.div ? path.div[at] : 0;
    c.baseDiv[i] = path.base_div ? path.base_div[at] : 0;
    /* What else is in it is not known yet. */
    c.hiddenCount[i] = width[at] > width[at + 1] ? 1 : 0;
    c.hiddenValue[i] = c.value[i] - path.value[at + 1];
    c.hiddenBase[i] = path.base ? path.base[at] - path.base[at + 1] : 0;
    c.hiddenWidth[i] = width[at] - width[at + 1];
    c.hiddenDiv[i] = path.div ? path.div[at] - path.div[at + 1] : 0;
    c.hiddenBaseDiv[i] = path.base_div ? path.base_div[at] - path.base_div[at + 1] : 0;
  }
  return c;
}

/* Columns made of parts of others: [columns, from, to] each. */
function join(parts) {
  const merged = emptyColumns(parts.reduce((sum, [, from, to]) => sum + to - from, 0));
  for (const name of COLUMNS) {
    let at = 0;
    for (const [columns, from, to] of parts) {
      merged[name].set(columns[name].subarray(from, to), at);
      at += to - from;
    }
  }
  return merged;
}

export class Tree {
  /* @side: { path, tree }: the answer itself, or one of its sides; @frames: shared, or undefined */
  constructor(answer, side, frames) {
    this.frames = frames || new Frames();
    this.compares = Boolean(answer.compares);
    this.columns = columnsOf(side, this.frames.add(answer));
  }

  nameOf(node) {
    return `${this.columns.stack[node]}.${this.columns.depth[node]}`;
  }

  /* { value, base }: of a node with its callees, averages where there are divisors */
  weightOf(node) {
    const { value, base, div, baseDiv } = this.columns;
    return { value: mean(value[node], div[node]), base: mean(base[node], baseDiv[node]) };
  }

  /* The node of that name, or -1. */
  find(name) {
    const found = /^(\d{1,10})\.(\d{1,7})$/.exec(name);
    const { stack, depth, n } = this.columns;
    if (found) {
      const wanted = Number(found[1]);
      const level = Number(found[2]);
      for (let i = 0; i < n; i++) {
        if (stack[i] === wanted && depth[i] === level) {
          return i;
        }
      }
    }
    return -1;
  }

  /*
   * Puts an answer about one node in its place; what was known in more detail stays. A node that is
   * not here yet comes with its callers. Returns whether anything is new.
   */
  graft(answer, side) {
    const ids = this.frames.add(answer);
    const part = columnsOf(side, ids);
    const { path } = side;
    let node = 0;
    let depth = 0;
    for (; depth + 1 < path.frame.length; depth++) {
      const child = this.childOf(node, path.stack[depth + 1]);
      if (child < 0) {
        break;
      }
      node = child;
    }
    return depth + 1 < path.frame.length ? this.insert(node, depth + 1, part, path, ids) : this.update(node, part);
  }

  childOf(node, stack) {
    const c = this.columns;
    for (let k = 0, at = node + 1; k < c.kids[node]; k++) {
      if (c.stack[at] === stack) {
        return at;
      }
      at += c.size[at];
    }
    return -1;
  }

  update(node, part) {
    const old = this.columns;
    if (part.kids[0] < old.kids[node] || part.n <= old.size[node]) {
      return false;
    }
    const known = new Map();
    for (let k = 0, at = node + 1; k < old.kids[node]; k++) {
      known.set(old.stack[at], at);
      at += old.size[at];
    }
    const parts = [[old, 0, node], [part, 0, 1]];
    for (let k = 0, at = 1; k < part.kids[0]; k++) {
      const before = known.get(part.stack[at]);
      if (before !== undefined && old.size[before] > part.size[at]) {
        parts.push([old, before, before + old.size[before]]);
      } else {
        parts.push([part, at, at + part.size[at]]);
      }
      at += part.size[at];
    }
    parts.push([old, node + old.size[node], old.n]);
    this.columns = join(parts);
    measureSubtrees(this.columns);
    return true;
  }

  /* @first: depth of the first node of the path that is not here */
  insert(node, first, part, path, ids) {
    const old = this.columns;
    const last = path.frame.length - 1;
    const end = node + old.size[node];
    const width = path.width || path.value;
    const chain = chainOf(path, first, last - 1, ids);
    this.columns = join([[old, 0, end], [chain, 0, chain.n], [part, 0, part.n], [old, end, old.n]]);
    const c = this.columns;
    c.kids[node]++;
    c.hiddenCount[node] = Math.max(0, c.hiddenCount[node] - 1);
    c.hiddenValue[node] -= path.value[first];
    c.hiddenBase[node] -= path.base ? path.base[first] : 0;
    c.hiddenWidth[node] = Math.max(0, c.hiddenWidth[node] - width[first]);
    c.hiddenDiv[node] -= path.div ? path.div[first] : 0;
    c.hiddenBaseDiv[node] -= path.base_div ? path.base_div[first] : 0;
    measureSubtrees(c);
    return true;
  }
}
