/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Draws the boxes that are in sight. Two layers: boxes and names, redrawn when something moves; over
 * them outlines of what is pointed at, chosen or selected, redrawn alone.
 *
 * Boxes are written as pixels: of tens of thousands that are a pixel wide, a canvas fills perhaps 30
 * times a second, memory 500 times. A frame costs what can be seen: boxes that end within the pixel
 * that was drawn last are passed over. Nothing is allocated on the way.
 */
import { MORE, ROOT } from './flame-model.js';
import { changeColor, changeStep } from './colors.js';
import { NameFitter } from './names.js';

export const PITCH = 18;
const INSET = 4;
const MIN_TEXT = 24;
const FONT = '12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif';

/* What a picture is drawn with; made once for each model, palette and theme. */
export class Painter {
  constructor(model, options) {
    this.model = model;
    this.options = options; /* colors, palette, dark, rootText, moreText(box) */
    this.hits = null;       /* of each frame: 1 where the search matches, or null */
    this.paleAbove = 0;     /* levels below this are over the box that is zoomed to: drawn paler */
    const context = document.createElement('canvas').getContext('2d');
    context.font = FONT;
    const measure = (text) => context.measureText(text).width;
    this.fitter = new NameFitter(model.frames.shortName, measure);
    this.measure = measure;
    this.moreTexts = new Map();
    this.texts = new Float64Array(4 * 256); /* box, left, right, top of each */
    this.nTexts = 0;
    this.prepare();
  }

  setHits(hits) {
    this.hits = hits;
    this.prepare();
  }

  /* Colours as pixels, of a frame or of a box; made anew when the search changes. */
  prepare() {
    const { dark, colors } = this.options;
    const other = pixel(dark ? '#3a4149' : '#e4e5e4');
    this.rootColor = this.hits !== null ? other : pixel(dark ? '#9aa1a9' : '#e2e3e0');
    this.moreColor = this.hits !== null ? other : pixel(dark ? '#6d747c' : '#d8d8d4');
    this.frameColors = Uint32Array.from(colors, (color, i) => (this.hits === null ? pixel(color) : this.hits[i] === 1 ? HIT : other));
    this.boxColors = null;
    if (this.model.compares && this.hits === null) {
      this.boxColors = Uint32Array.from({ length: this.model.n }, (_, i) => pixel(changeColor(changeStep(this.model.change(i)), this.options.palette)));
    }
    this.paper = pixel(dark ? '#14171b' : '#ffffff');
  }

  colorOf(box) {
    if (this.boxColors !== null) {
      return this.boxColors[box];
    }
    const frame = this.model.frame[box];
    return frame >= 0 ? this.frameColors[frame] : frame === MORE ? this.moreColor : this.rootColor;
  }

  inkOf(box) {
    if (this.hits === null) {
      return '#1b1f24';
    }
    const frame = this.model.frame[box];
    return frame >= 0 && this.hits[frame] === 1 ? '#ffffff' : this.options.dark ? '#a9b1ba' : '#6b727b';
  }

  textOf(box, room) {
    const frame = this.model.frame[box];
    if (frame >= 0) {
      return this.fitter.fit(frame, room);
    }
    const text = frame === ROOT ? this.options.rootText : this.moreText(box);
    return this.measureOnce(text) <= room ? text : '';
  }

  moreText(box) {
    let text = this.moreTexts.get(box);
    if (text === undefined) {
      text = this.options.moreText(box);
      this.moreTexts.set(box, text);
    }
    return text;
  }

  measureOnce(text) {
    return this.fitter.widthOfLetter(text);
  }

  /*
   * Puts the boxes of levels first..last into @pixels, and keeps those wide enough for a text. Each
   * level is one row of pixels, copied as often as it is high. @view: { from, to, ratio }
   */
  drawBoxes(pixels, view, first, last, yOf) {
    const { model } = this;
    const { x, w, levelStart } = model;
    const { data, width, height } = pixels;
    const ratio = view.ratio;
    const k = width / (view.to - view.from);
    const minText = MIN_TEXT * ratio;
    this.nTexts = 0;
    for (let level = first; level <= last; level++) {
      const y = yOf(level);
      const top = Math.round(y * ratio);
      const bottom = Math.min(height, Math.round((y + PITCH - 1) * ratio));
      const from = Math.max(0, top);
      const row = from * width;
      if (from >= bottom) {
        continue;
      }
      const isPale = level < this.paleAbove;
      const end = levelStart[level + 1];
      let drawn = 0; /* pixels up to here are taken */
      for (let i = model.firstEndingAfter(level, view.from); i < end && x[i] < view.to; i++) {
        const left = Math.max(0, Math.round((x[i] - view.from) * k));
        let right = Math.min(width, Math.round((x[i] + w[i] - view.from) * k));
        if (right <= drawn && left < drawn) {
          continue;
        }
        right = Math.min(width, Math.max(right, left + 1));
        const color = isPale ? this.pale(this.colorOf(i)) : this.colorOf(i);
        const gapAt = right - left > 3 && right < width ? right - 1 : right;
        for (let at = Math.max(left, drawn); at < gapAt; at++) {
          data[row + at] = color;
        }
        drawn = right;
        if (right - left >= minText) {
          this.keepText(i, left / ratio, right / ratio, y);
        }
      }
      for (let line = from + 1; line < bottom; line++) {
        data.copyWithin(line * width, row, row + width);
      }
    }
  }

  pale(color) {
    const { paper } = this;
    const mix = (shift) => (((color >>> shift) & 255) + ((paper >>> shift) & 255)) >> 1;
    return (0xff000000 | (mix(16) << 16) | (mix(8) << 8) | mix(0)) >>> 0;
  }

  keepText(box, left, right, y) {
    if (this.nTexts * 4 === this.texts.length) {
      const longer = new Float64Array(this.texts.length * 2);
      longer.set(this.texts);
      this.texts = longer;
    }
    const at = 4 * this.nTexts++;
    this.texts[at] = box;
    this.texts[at + 1] = left;
    this.texts[at + 2] = right;
    this.texts[at + 3] = y;
  }

  /* The names in the boxes drawn last. */
  drawTexts(g) {
    g.font = FONT;
    g.textBaseline = 'alphabetic';
    let ink = '';
    for (let k = 0; k < this.nTexts; k++) {
      const box = this.texts[4 * k];
      const left = this.texts[4 * k + 1];
      const text = this.textOf(box, this.texts[4 * k + 2] - left - 2 * INSET);
      if (text !== '') {
        const next = this.inkOf(box);
        if (next !== ink) {
          ink = next;
          g.fillStyle = ink;
        }
        g.fillText(text, left + INSET, this.texts[4 * k + 3] + 13);
      }
    }
  }

  /* Outlines of the boxes for which @style gives a colour: style(box) */
  drawOutlines(g, view, first, last, yOf, style) {
    const { model } = this;
    const { x, w, levelStart } = model;
    const k = view.width / (view.to - view.from);
    for (let level = first; level <= last; level++) {
      const end = levelStart[level + 1];
      for (let i = model.firstEndingAfter(level, view.from); i < end && x[i] < view.to; i++) {
        const look = style(i);
        if (look !== null) {
          const left = Math.max(-2, (x[i] - view.from) * k);
          const right = Math.min(view.width + 2, (x[i] + w[i] - view.from) * k);
          g.strokeStyle = look.color;
          g.lineWidth = look.width;
          g.setLineDash(look.dash || NO_DASH);
          g.strokeRect(left + 0.5, yOf(level) + 0.5, Math.max(1, right - left - 1.5), PITCH - 2);
        }
      }
    }
  }
}

const NO_DASH = [];

/* "#rrggbb" as a pixel of ImageData in memory. */
function pixel(color) {
  const rgb = parseInt(color.slice(1), 16);
  return (0xff000000 | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >>> 16)) >>> 0;
}

const HIT = pixel('#e83fb0');
