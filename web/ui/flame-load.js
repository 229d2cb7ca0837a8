/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gets the trees of a flame graph from the server: what the window can show, and more of it where
 * the window looks closer. The server sends boxes of at least half a device pixel; the rest of a
 * box's children is one "+N more" block, opened here once it is wide enough.
 */
import { ask, ApiError } from './api.js';
import { MORE } from './flame-model.js';
import { Tree } from './flame-tree.js';

const MIN_PX = 64;
/* The server's limit; and up to where whole boxes are asked for, not the parent of one block. */
const MAX_PX = 4194304;
const WHOLE_PX = 16384;
/* A block that is wider than this on the screen, in device pixels, is opened. */
const OPEN_PX = 6;
const AT_ONCE = 4;

export function emptyError(answer) {
  const error = new ApiError(answer.message, 'EMPTY', 200);
  error.empty = true;
  return error;
}

/* Rounded, so that windows of about one width share an answer. */
function pixels(width) {
  return Math.max(MIN_PX, Math.min(MAX_PX, Math.ceil(width / 128) * 128));
}

/*
 * Trees of one view: one of all stacks, or with @pivot = { p } or { fn } callers and callees.
 */
export class FlameSource {
  constructor(state, pivot) {
    this.state = state;
    this.pivot = pivot;
    this.resolution = new Map(); /* of each node asked for: pixels */
    this.controller = new AbortController();
  }

  query(extra) {
    return this.state.query(true, { ...this.pivot, ...extra });
  }

  /* [{ side, tree, head }] for each of @sides: 'all', or 'callers' and 'callees' */
  async load(sides, width, signal) {
    const px = pixels(width * (window.devicePixelRatio || 1));
    const answer = await ask(this.pivot ? 'sandwich' : 'flamegraph', this.query({ px }), { signal });
    if (answer.empty) {
      throw emptyError(answer);
    }
    let frames;
    return sides.map((side) => {
      const tree = new Tree(answer, side === 'all' ? answer : answer[side], frames);
      frames = tree.frames;
      return { side, tree, head: answer, source: this };
    });
  }

  stop() {
    this.controller.abort();
  }

  /* Asks for a node and puts the answer into the tree. Returns whether anything is new. */
  async open(part, name, px) {
    const key = `${part.side}/${name}`;
    const rounded = pixels(px);
    if ((this.resolution.get(key) || 0) >= rounded) {
      return false;
    }
    this.resolution.set(key, rounded);
    const isAll = part.side === 'all';
    let answer;
    try {
      answer = await ask(isAll ? 'flamegraph' : 'sandwich', this.query({ px: rounded, at: name, side: isAll ? undefined : part.side }), { signal: this.controller.signal });
    } catch (error) {
      if (error.name !== 'AbortError') {
        this.resolution.delete(key);
      }
      return false;
    }
    return !answer.empty && part.tree.graft(answer, isAll ? answer : answer[part.side]);
  }

  /* Opens what the window shows wide enough. */
  async deepen(part, view) {
    const wanted = this.wanted(part, view);
    const news = await Promise.all(wanted.map((one) => this.open(part, one.name, one.px)));
    return news.some(Boolean);
  }

  /* [{ name, px }], widest first */
  wanted(part, view) {
    const { model } = part;
    const device = view.width * view.ratio / (view.to - view.from);
    const blocks = [];
    for (let level = 1; level < model.levels; level++) {
      const end = model.levelStart[level + 1];
      for (let i = model.firstEndingAfter(level, view.from); i < end && model.x[i] < view.to; i++) {
        if (model.frame[i] === MORE && model.w[i] * device >= OPEN_PX) {
          blocks.push(i);
        }
      }
    }
    /* Whole boxes around many blocks before single parents. */
    const groups = new Map();
    const holder = this.holder(model, view);
    for (const block of blocks) {
      const parent = model.parent[block];
      let box = parent;
      while (box !== holder && model.parent[box] !== holder && model.parent[box] >= 0) {
        box = model.parent[box];
      }
      for (const target of [holder, box, parent]) {
        const px = model.w[target] * device;
        const had = this.resolution.get(`${part.side}/${model.nameOf(target)}`) || 0;
        if (target > 0 && px <= WHOLE_PX && had < pixels(px)) {
          groups.set(target, px);
          break;
        }
        /* Too wide to be seen as a whole: what is around the block alone, a few steps finer. */
        if (target === parent && had < pixels(px)) {
          groups.set(target, 4 * px);
        }
      }
    }
    return [...groups].sort((a, b) => b[1] - a[1]).slice(0, AT_ONCE).map(([box, px]) => ({ name: model.nameOf(box), px }));
  }

  /* The deepest box that the window is in, or the root. */
  holder(model, view) {
    let box = 0;
    const eps = (view.to - view.from) * 1e-6;
    for (let level = 1; level < model.levels; level++) {
      const next = model.boxAt(level, (view.from + view.to) / 2);
      if (next < 0 || model.frame[next] < 0 || model.x[next] > view.from + eps || model.x[next] + model.w[next] < view.to - eps) {
        break;
      }
      box = next;
    }
    return box;
  }
}
