/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flame graph in a window: what part of it is in sight, and moving that. It consists of parts, each
 * a model that grows downward or upward from a row:
 *
 *     icicle    one part, down          upright   one part, up
 *     pivot     callers up, callees down from the same row; level 0 is the row between them, level 1,
 *               what was pivoted on, is shown below it only
 *
 * All parts have the same root and share the range [from, to] of its width that is in sight. Rows
 * scroll natively: the canvas sticks to the window, a spacer makes the height.
 */
import { h, oncePerFrame } from './dom.js';
import { PITCH } from './flame-paint.js';

const ZOOM_MS = 160;
const MIN_SPAN = 1e-12;
const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

export class FlameView {
  /* @on: { settled(): nothing moves any more; moved(): by the user } */
  constructor(on, label) {
    this.on = on;
    this.parts = [];
    this.from = 0;
    this.to = 1;
    this.rows = 0;
    this.width = 1;
    this.height = 1;
    this.ratio = 1;
    this.outline = () => null;
    this.animation = 0;
    this.base = h('canvas.flame-base', { 'aria-hidden': 'true' });
    this.over = h('canvas.flame-over', { 'aria-hidden': 'true' });
    this.stick = h('div.flame-stick', null, this.base, this.over);
    this.spacer = h('div.flame-spacer', null, this.stick);
    this.element = h('div.flame', { tabindex: '0', role: 'application', 'aria-roledescription': 'flame graph', 'aria-label': label, 'aria-describedby': 'flame-keys' }, this.spacer);
    this.redraw = oncePerFrame(() => this.draw());
    this.redrawOver = oncePerFrame(() => this.drawOver());
    this.element.addEventListener('scroll', this.redraw, { passive: true });
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
    this.stats = { frames: 0, drawMs: 0 };
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.animation);
    clearTimeout(this.settleTimer);
  }

  /* @parts: [{ model, painter, up }]; in a pivot the part that goes up comes first. */
  setParts(parts, keepView) {
    this.parts = parts;
    const isPivot = parts.length > 1;
    let above = 0;
    let below = 0;
    for (const part of parts) {
      part.firstLevel = isPivot && part.up ? 2 : 0;
      part.shift = isPivot && part.up ? 1 : 0;
      if (part.up) {
        above = Math.max(0, part.model.levels - 1 - part.shift);
      } else {
        below = part.model.levels - 1;
      }
      part.yOf = (level) => this.rowOfLevel(part, level) * PITCH - this.top;
    }
    this.rootRow = above;
    this.rows = above + 1 + below;
    if (!keepView) {
      this.stop();
      this.from = 0;
      this.to = 1;
    }
    this.spacer.style.setProperty('height', `${this.rows * PITCH + 2}px`);
    this.resize();
  }

  resize() {
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    if (width === 0 || height === 0) {
      return;
    }
    if (width !== this.width || height !== this.height || ratio !== this.ratio) {
      this.width = width;
      this.height = height;
      this.ratio = ratio;
      for (const canvas of [this.base, this.over]) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
        canvas.style.setProperty('width', `${width}px`);
        canvas.style.setProperty('height', `${height}px`);
      }
      const image = new ImageData(this.base.width, this.base.height);
      this.pixels = { image, data: new Uint32Array(image.data.buffer), width: image.width, height: image.height };
      this.settle();
    }
    this.draw();
  }

  /* --- Drawing --------------------------------------------------------------------------------- */

  levelsInSight(part) {
    const firstRow = Math.floor(this.top / PITCH);
    const lastRow = Math.ceil((this.top + this.height) / PITCH);
    const a = part.up ? this.levelOfRow(part, lastRow) : this.levelOfRow(part, firstRow);
    const b = part.up ? this.levelOfRow(part, firstRow) : this.levelOfRow(part, lastRow);
    this.first = Math.max(part.firstLevel, a);
    this.last = Math.min(part.model.levels - 1, b);
  }

  draw() {
    if (this.parts.length === 0 || !this.pixels) {
      return;
    }
    const start = performance.now();
    const g = this.base.getContext('2d');
    this.top = this.element.scrollTop;
    this.pixels.data.fill(0);
    for (const part of this.parts) {
      this.levelsInSight(part);
      part.painter.drawBoxes(this.pixels, this, this.first, this.last, part.yOf);
    }
    g.putImageData(this.pixels.image, 0, 0);
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    for (const part of this.parts) {
      part.painter.drawTexts(g);
    }
    this.drawOver();
    this.stats.frames++;
    this.stats.drawMs += performance.now() - start;
  }

  drawOver() {
    const g = this.over.getContext('2d');
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    for (const part of this.parts) {
      const style = this.outline(part);
      if (style) {
        this.levelsInSight(part);
        part.painter.drawOutlines(g, this, this.first, this.last, part.yOf, style);
      }
    }
  }

  /* --- Moving ---------------------------------------------------------------------------------- */

  setRange(from, to) {
    let span = Math.min(1, Math.max(MIN_SPAN, to - from));
    if (span > 1 - 1e-9) {
      span = 1;
    }
    this.from = Math.max(0, Math.min(1 - span, from));
    this.to = this.from + span;
    this.redraw();
    this.settle();
  }

  /* Tells once nothing moves any more. */
  settle() {
    clearTimeout(this.settleTimer);
    this.settleTimer = setTimeout(() => this.on.settled(), 120);
  }

  /* What the user moves is no box any more. */
  panBy(pixels) {
    this.on.moved?.();
    const by = pixels / this.width * (this.to - this.from);
    this.setRange(this.from + by, this.to + by);
  }

  zoomAt(px, factor) {
    this.stop();
    this.on.moved?.();
    const span = Math.max(this.minSpan(), (this.to - this.from) * factor);
    const at = this.from + px / this.width * (this.to - this.from);
    this.setRange(at - px / this.width * span, at - px / this.width * span + span);
  }

  /* As deep as numbers tell boxes apart. */
  minSpan() {
    return 1e-9;
  }

  stop() {
    cancelAnimationFrame(this.animation);
  }

  /* Moves to a range, in a moment or at once. */
  animateTo(from, to, at = false) {
    this.stop();
    if (at || calm.matches) {
      this.setRange(from, to);
      return;
    }
    const start = performance.now();
    const fromSpan = this.to - this.from;
    const fromLeft = this.from;
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - start) / ZOOM_MS));
      const eased = 1 - (1 - t) * (1 - t);
      /* Spans go by ratio, so that a deep zoom is even; edges follow. */
      const span = fromSpan * Math.pow((to - from) / fromSpan, eased);
      const share = fromSpan === to - from ? eased : (fromSpan - span) / (fromSpan - (to - from));
      const left = fromLeft + (from - fromLeft) * share;
      if (t < 1) {
        this.setRange(left, left + span);
        this.animation = requestAnimationFrame(step);
      } else {
        this.setRange(from, to);
      }
    };
    this.animation = requestAnimationFrame(step);
  }

  /* --- Boxes and places ------------------------------------------------------------------------ */

  rowOfLevel(part, level) {
    return part.up ? this.rootRow + part.shift - level : this.rootRow + level;
  }

  levelOfRow(part, row) {
    return part.up ? this.rootRow + part.shift - row : row - this.rootRow;
  }

  rowOf(part, box) {
    return this.rowOfLevel(part, part.model.level[box]);
  }

  /* { part, box } under a point of the window, or null */
  placeAt(clientX, clientY) {
    const frame = this.element.getBoundingClientRect();
    const px = clientX - frame.left;
    const row = Math.floor((clientY - frame.top + this.element.scrollTop) / PITCH);
    if (px < 0 || px > this.width) {
      return null;
    }
    const x = this.from + px / this.width * (this.to - this.from);
    for (const part of this.parts) {
      const level = this.levelOfRow(part, row);
      if (level < part.firstLevel) {
        continue;
      }
      const box = part.model.boxAt(level, x);
      if (box >= 0) {
        return { part, box };
      }
    }
    return null;
  }

  /* Where a box is in the window. */
  rectOf(part, box) {
    const frame = this.element.getBoundingClientRect();
    const k = this.width / (this.to - this.from);
    const left = Math.max(0, (part.model.x[box] - this.from) * k);
    const right = Math.min(this.width, (part.model.x[box] + part.model.w[box] - this.from) * k);
    const top = frame.top + this.rowOf(part, box) * PITCH - this.element.scrollTop;
    return { left: frame.left + left, right: frame.left + right, top, bottom: top + PITCH };
  }

  /* Scrolls so that the row is in sight, with a few rows around it. */
  showRow(row) {
    const margin = Math.min(4 * PITCH, this.height / 4);
    const y = row * PITCH;
    const top = this.element.scrollTop;
    if (y - margin < top) {
      this.element.scrollTop = Math.max(0, y - margin);
    } else if (y + PITCH + margin > top + this.height) {
      this.element.scrollTop = y + PITCH + margin - this.height;
    }
  }

  /* Brings a box into sight without a zoom, unless it would be too narrow to see. */
  reveal(part, box) {
    const { x, w } = part.model;
    const span = this.to - this.from;
    if (x[box] + w[box] <= this.from || x[box] >= this.to) {
      const middle = x[box] + w[box] / 2;
      this.setRange(middle - span / 2, middle + span / 2);
    }
    this.showRow(this.rowOf(part, box));
    this.redraw();
  }

  scrolls() {
    return this.rows * PITCH > this.height + 4;
  }
}
