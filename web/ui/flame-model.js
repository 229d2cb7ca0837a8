/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree as boxes: level by level, from left to right, so that what is in sight is one range of each
 * level, found by binary search.
 *
 *   x, w [n]        parts of the root's width            level, parent, node [n]
 *   frame [n]       ROOT, MORE (what is hidden in its parent) or a number of Frames
 *   levelStart      level d is boxes levelStart[d] .. levelStart[d + 1] - 1
 */
import { mean } from './flame-tree.js';

export const ROOT = -1;
export const MORE = -2;

export class Model {
  constructor(tree) {
    this.tree = tree;
    this.frames = tree.frames;
    this.compares = tree.compares;
    this.build();
  }

  build() {
    const c = this.tree.columns;
    const hasMore = (i) => c.hiddenCount[i] > 0 && c.hiddenWidth[i] > 0;
    /* Preorder first: levels, parents and left edges. */
    const level = new Int32Array(c.n);
    const parent = new Int32Array(c.n).fill(-1);
    const left = new Float64Array(c.n);
    const counts = [];
    for (let i = 0; i < c.n; i++) {
      counts[level[i]] = (counts[level[i]] || 0) + 1;
      let at = i + 1;
      let x = left[i];
      for (let k = 0; k < c.kids[i]; k++) {
        level[at] = level[i] + 1;
        parent[at] = i;
        left[at] = x;
        x += c.width[at];
        at += c.size[at];
      }
      if (hasMore(i)) {
        counts[level[i] + 1] = (counts[level[i] + 1] || 0) + 1;
      }
    }
    const levelStart = new Int32Array(counts.length + 1);
    counts.forEach((count, d) => {
      levelStart[d + 1] = levelStart[d] + count;
    });
    const n = levelStart[counts.length];
    this.n = n;
    this.levels = counts.length;
    this.levelStart = levelStart;
    this.x = new Float64Array(n);
    this.w = new Float64Array(n);
    this.level = new Int32Array(n);
    this.parent = new Int32Array(n).fill(-1);
    this.node = new Int32Array(n);
    this.frame = new Int32Array(n);
    this.boxOf = new Int32Array(c.n);
    this.place(c, level, parent, left, hasMore);
  }

  /* A box that is hidden comes behind its parent's children: boxes are placed as parents end. */
  place(c, level, parent, left, hasMore) {
    const total = c.width[0] || 1;
    const next = this.levelStart.slice();
    const open = [];
    const close = () => {
      const i = open.pop();
      if (hasMore(i)) {
        this.put(next[level[i] + 1]++, level[i] + 1, (left[i] + this.kidsWidth(c, i)) / total, c.hiddenWidth[i] / total, MORE, i, this.boxOf[i]);
      }
    };
    for (let i = 0; i < c.n; i++) {
      while (open.length > 0 && open[open.length - 1] + c.size[open[open.length - 1]] <= i) {
        close();
      }
      const box = next[level[i]]++;
      this.boxOf[i] = box;
      this.put(box, level[i], left[i] / total, c.width[i] / total, c.frame[i], i, parent[i] < 0 ? -1 : this.boxOf[parent[i]]);
      open.push(i);
    }
    while (open.length > 0) {
      close();
    }
  }

  put(box, level, x, w, frame, node, parent) {
    this.level[box] = level;
    this.x[box] = x;
    this.w[box] = w;
    this.frame[box] = frame;
    this.node[box] = node;
    this.parent[box] = parent;
  }

  kidsWidth(c, i) {
    let sum = 0;
    for (let k = 0, at = i + 1; k < c.kids[i]; k++) {
      sum += c.width[at];
      at += c.size[at];
    }
    return sum;
  }

  /* The first box of the level that ends behind @x. */
  firstEndingAfter(level, x) {
    let low = this.levelStart[level];
    let high = this.levelStart[level + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.x[middle] + this.w[middle] > x) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  boxAt(level, x) {
    if (level < 0 || level >= this.levels) {
      return -1;
    }
    const box = this.firstEndingAfter(level, x);
    return box < this.levelStart[level + 1] && this.x[box] <= x ? box : -1;
  }

  /* { value, self, base, baseSelf, count }: of a box; averages where the tree has divisors */
  weight(box) {
    const c = this.tree.columns;
    const i = this.node[box];
    if (this.frame[box] === MORE) {
      return { value: mean(c.hiddenValue[i], c.hiddenDiv[i]), base: mean(c.hiddenBase[i], c.hiddenBaseDiv[i]), self: 0, baseSelf: 0, count: c.hiddenCount[i] };
    }
    let self = c.value[i] - c.hiddenValue[i];
    let baseSelf = c.base[i] - c.hiddenBase[i];
    let div = c.div[i] - c.hiddenDiv[i];
    let baseDiv = c.baseDiv[i] - c.hiddenBaseDiv[i];
    for (let k = 0, at = i + 1; k < c.kids[i]; k++) {
      self -= c.value[at];
      baseSelf -= c.base[at];
      div -= c.div[at];
      baseDiv -= c.baseDiv[at];
      at += c.size[at];
    }
    return { ...this.tree.weightOf(i), count: 1, self: mean(self, div), baseSelf: mean(baseSelf, baseDiv) };
  }

  /* -1 (gone) .. 1 (new): how the box differs */
  change(box) {
    const { value, base } = this.weight(box);
    const larger = Math.max(Math.abs(value), Math.abs(base));
    return larger === 0 ? 0 : Math.max(-1, Math.min(1, (value - base) / larger));
  }

  /* The name of the box, "RUN.DEPTH"; of a MORE box that of its parent. */
  nameOf(box) {
    return this.tree.nameOf(this.node[box]);
  }

  firstChild(box) {
    const c = this.tree.columns;
    const i = this.node[box];
    return c.kids[i] > 0 ? this.boxOf[i + 1] : -1;
  }

  /* Boxes of a frame, in order. */
  boxesOf(frame) {
    const found = [];
    for (let i = 0; i < this.n; i++) {
      if (this.frame[i] === frame) {
        found.push(i);
      }
    }
    return found;
  }

  isInside(box, outer) {
    const eps = 1e-12;
    return this.x[box] >= this.x[outer] - eps && this.x[box] + this.w[box] <= this.x[outer] + this.w[outer] + eps;
  }
}
