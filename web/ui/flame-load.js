/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gets the trees of a flame graph from the server: what the window can show, and more of it where
 * the window looks closer. The server sends boxes of at least half a device pixel; the rest of a
 * box's children is one "+N more" block, opened here once it is wide enough.
 */
import { ask, ApiError } from './api.js';
import { MORE } from './flame-model.js';
import { Tree, pathText } from './flame-tree.js';

const MAX_PX = 16384;
/* A block that is wider than this on the screen, in device pixels, is opened. */
const OPEN_PX = 6;
const AT_ONCE = 4;

export function emptyError(answer) {
  const error = new ApiError(answer.message, 'EMPTY', 200);
  error.empty = true;
  return error;
}

/* Rounded, so that windows of about one width share an answer. */
export function pixels(width) {
  const px = Math.max(320, width) * (window.devicePixelRatio || 1);
  return Math.min(MAX_PX, Math.ceil(px / 128) * 128);
}

export class FlameSource {
  /* @extra: parameters besides those of the address, such as { p, side } */
  constructor(state, extra = {}) {
    this.state = state;
    this.extra = extra;
    this.fetched = new Set();
    this.controller = new AbortController();
  }

  async fetch(width, signal) {
    this.px = pixels(width);
    const answer = await ask('flamegraph', this.state.query(true, { ...this.extra, px: this.px }), { signal });
    if (answer.empty) {
      throw emptyError(answer);
    }
    this.head = answer;
    return answer;
  }

  /* @frames: shared with other trees, or undefined */
  build(answer, frames) {
    this.tree = new Tree(answer, frames);
    return this.tree;
  }

  stop() {
    this.controller.abort();
  }

  /*
   * Looks for blocks that the window shows wide enough and grafts what is in them onto the tree.
   * Returns whether anything was. @part: with the model of this tree, @view: of the window
   */
  async deepen(part, view) {
    const wanted = this.wanted(part, view);
    if (wanted.length === 0) {
      return false;
    }
    let changed = false;
    /* Grafting moves boxes, so they are looked up again by their paths. */
    const answers = await Promise.all(wanted.map(async (one) => {
      const query = this.state.query(true, { ...this.extra, px: one.px, at: one.path, skip: one.skip || undefined });
      try {
        return await ask('flamegraph', query, { signal: this.controller.signal });
      } catch (error) {
        if (error.name !== 'AbortError') {
          this.fetched.delete(one.key);
        }
        return null;
      }
    }));
    answers.forEach((answer, i) => {
      if (answer !== null && !answer.empty) {
        const [box, whole] = this.tree.find(wanted[i].ranks);
        if (whole) {
          this.tree.graft(box, answer, wanted[i].skip);
          changed = true;
        }
      }
    });
    return changed;
  }

  /* What to ask for: [{ ranks, path, skip, px, key }] */
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
    if (blocks.length === 0) {
      return [];
    }
    /* All of the box that holds the window, if that was not had at this resolution before. */
    const outer = this.holder(model, view);
    const outerPx = Math.min(MAX_PX, Math.ceil(model.w[outer] * device / 128) * 128);
    const found = [];
    if (outer > 0 && blocks.length > 1) {
      this.want(found, model, outer, 0, Math.max(64, outerPx));
    }
    if (found.length > 0) {
      return found;
    }
    blocks.sort((a, b) => model.w[b] - model.w[a]);
    for (const block of blocks) {
      const parent = model.parent[block];
      const kids = model.tree.columns.kids[model.node[parent]];
      this.want(found, model, block, kids, Math.max(64, Math.min(MAX_PX, Math.ceil(model.w[block] * device / 64) * 64)));
      if (found.length === AT_ONCE) {
        break;
      }
    }
    return found;
  }

  want(found, model, box, skip, px) {
    const ranks = model.ranks(box);
    const path = pathText(ranks);
    const key = `${path}/${skip}/${px}`;
    if (!this.fetched.has(key)) {
      this.fetched.add(key);
      found.push({ ranks, path, skip, px, key });
    }
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
