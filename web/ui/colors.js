/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of flame graphs: those of src/layout/palette.c, so that page and pictures look the same. */

const PACKAGES = [
  '#f4a582', '#92cbe8', '#f7e08a', '#a3b8ec', '#9fd3a0', '#e3b0dd', '#fbc97f', '#8fd3c8',
  '#d6c1a0', '#c5b3ea', '#c7dd8e', '#f2b1c1', '#7fb2d0', '#d98f6c', '#b9c6cf', '#c9b458'
];
const SAME = '#ededea';
const CHANGES = {
  safe: { more: ['#fbe0d0', '#f9c6aa', '#f4a582', '#e8866a', '#d96a54'], less: ['#dce9f3', '#bad6ea', '#92c5de', '#6fb1d6', '#4f9bc9'] },
  classic: { more: ['#ffdcdc', '#ffb9b9', '#ff9494', '#f97070', '#ee5555'], less: ['#dcf2dc', '#b9e6b9', '#92d892', '#6bc76b', '#4fb34f'] }
};
const LIMITS = [0.01, 0.1, 0.25, 0.5, 0.999999];

function hashOf(name) {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(name)) {
    hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  }
  return ((hash ^ (hash >>> 15)) >>> 0) % PACKAGES.length;
}

/*
 * [{ name, self, color }], heaviest first; each takes the colour it prefers or the next one free, and
 * keeps the one it has in @known (name to colour) when more frames come.
 */
export function packagesOf(frames, known) {
  const sums = new Map();
  for (let i = 0; i < frames.length; i++) {
    sums.set(frames.pkg[i], (sums.get(frames.pkg[i]) || 0) + Math.abs(frames.self[i]) + Math.abs(frames.baseSelf[i]));
  }
  const list = [...sums].map(([name, self]) => ({ name, self, color: '' }));
  list.sort((a, b) => b.self - a.self || (a.name < b.name ? -1 : 1));
  const taken = new Set(known.values());
  list.forEach((item, i) => {
    if (known.has(item.name)) {
      item.color = PACKAGES[known.get(item.name)];
      return;
    }
    let color = hashOf(item.name);
    for (let k = 0; k < PACKAGES.length && i < PACKAGES.length && taken.has(color); k++) {
      color = (color + 1) % PACKAGES.length;
    }
    taken.add(color);
    known.set(item.name, color);
    item.color = PACKAGES[color];
  });
  return list;
}

/* The colour of each frame. */
export function colorsOfFrames(frames, packages) {
  const colors = new Map(packages.map((item) => [item.name, item.color]));
  return frames.pkg.map((name) => colors.get(name));
}

export function changeStep(change) {
  const size = Math.abs(change);
  let step = 0;
  while (step < LIMITS.length && size >= LIMITS[step]) {
    step++;
  }
  return change < 0 ? -step : step;
}

export function changeColor(step, palette) {
  const colors = CHANGES[palette] || CHANGES.safe;
  return step === 0 ? SAME : step > 0 ? colors.more[step - 1] : colors.less[-step - 1];
}

/* [text, colour], from gone to new */
export function changeLegend(palette) {
  return [['gone', -5], ['\u221250%', -4], ['\u221225%', -3], ['\u221210%', -2], ['\u22121%', -1], ['same', 0],
    ['+1%', 1], ['+10%', 2], ['+25%', 3], ['+50%', 4], ['new', 5]].map(([text, step]) => [text, changeColor(step, palette)]);
}
