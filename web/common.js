/* SPDX-License-Identifier: Apache-2.0 */
/* What the viewers of flame graphs and call graphs share: data, values as text, tooltip. */
'use strict';
const SVG_NS = 'http://www.w3.org/2000/svg';
const HTML_NS = 'http://www.w3.org/1999/xhtml';
const svg = document.getElementById('cpa');
const data = JSON.parse(document.getElementById('cpa-data').textContent);
const onPage = document.documentElement.localName === 'html';
/* What parts of the viewer tell each other. */
const viewer = { onSelect: null, onSearch: null };

const entries = data.entries.map(function (e) {
  return {
    name: e[0], shortName: e[1] || e[0], detail: e[2], pkg: e[3], style: e[4],
    cum: e[5], self: e[6], baseCum: e[7] || 0, baseSelf: e[8] || 0
  };
});

function make(name, attributes, parent, ns) {
  const element = document.createElementNS(ns || SVG_NS, name);
  for (const key in attributes) {
    element.setAttribute(key, attributes[key]);
  }
  if (parent) {
    parent.appendChild(element);
  }
  return element;
}

/* Units, finest first, as src/base/units.c has them. */
const UNITS = [
  { names: ['b', 'byte', 'bytes'], steps: [['B', 1]] },
  { names: ['kb', 'kbyte', 'kilobyte', 'kilobytes'], steps: [['B', 1 / 1024]] },
  { names: ['mb', 'mbyte', 'megabyte', 'megabytes'], steps: [['B', 1 / 1048576]] },
  { names: ['ns', 'nanosecond', 'nanoseconds'], steps: [['ns', 1]] },
  { names: ['us', '\u03bcs', 'microsecond', 'microseconds'], steps: [['ns', 1e-3]] },
  { names: ['ms', 'millisecond', 'milliseconds'], steps: [['ns', 1e-6]] },
  { names: ['s', 'second', 'seconds'], steps: [['ns', 1e-9]] }
];
const FAMILIES = {
  B: [['B', 1], ['kB', 1024], ['MB', 1048576], ['GB', 1073741824], ['TB', 1099511627776], ['PB', 1125899906842624]],
  ns: [['ns', 1], ['us', 1e3], ['ms', 1e6], ['s', 1e9], ['hrs', 3.6e12]]
};

function formatValue(value) {
  const size = Math.abs(Math.trunc(value * data.ratio));
  const sign = value < 0 ? '-' : '';
  const unit = data.unit.toLowerCase();
  const from = UNITS.find(function (u) { return u.names.indexOf(unit) >= 0; });
  if (size === 0) {
    return '0';
  }
  if (!from) {
    const counted = ['count', 'counts', 'sample', 'samples', 'unit', 'units', ''];
    return sign + size + (counted.indexOf(unit) >= 0 ? '' : data.unit);
  }
  const base = size / from.steps[0][1];
  const family = FAMILIES[from.steps[0][0]];
  let step = family[0];
  for (const candidate of family) {
    if (candidate[0] === data.outputUnit) {
      step = candidate;
      break;
    }
    if (base >= candidate[1]) {
      step = candidate;
    }
  }
  return sign + fixed2(base / step[1]).replace(/\.00$/, '') + step[0];
}

/* Two decimals; of two that are equally near the even one, as printf chooses. */
function fixed2(value) {
  const eighths = value % 1 * 8;
  return (eighths === 1 || eighths === 5 ? Math.floor(value * 100) / 100 : value).toFixed(2);
}

function formatShare(value, total) {
  if (!total) {
    return '';
  }
  const percent = Math.abs(value / total * 100);
  return (percent >= 99.95 && percent <= 100.05 ? '100' : percent >= 1 ? percent.toFixed(1) : percent === 0 ? '0' : percent.toPrecision(2)) + '%';
}

function formatDelta(base, now) {
  const delta = now - base;
  return (delta > 0 ? '+' : delta < 0 ? '\u2212' : '') + formatValue(Math.abs(delta));
}

function formatRatio(base, now) {
  return base === now ? 'no change' : base === 0 ? 'NEW' : now === 0 ? 'GONE' : (now / base).toFixed(2) + '\u00d7';
}

/* "1.2s (3%)"; means have no share. */
function valueAndShare(value, total) {
  return formatValue(value) + (data.mean || !total ? '' : ' (' + formatShare(value, total) + ')');
}

/* --- Texts that fit ---------------------------------------------------------------------------- */

const measuring = make('canvas', {}, null, HTML_NS).getContext('2d');
const widths = new Map();
function setFont(size) {
  measuring.font = size + 'px ' + getComputedStyle(svg).fontFamily;
}
setFont(12);

function widthOf(text) {
  let width = widths.get(text);
  if (width === undefined) {
    width = measuring.measureText(text).width;
    widths.set(text, width);
  }
  return width;
}

/* include ui/names.js */
/* include ui/regexps.js */

const fitter = new NameFitter([], widthOf);
const fitterIds = new Map();
function fitName(name, room) {
  let id = fitterIds.get(name);
  if (id === undefined) {
    id = fitter.names.push(name) - 1;
    fitterIds.set(name, id);
  }
  return fitter.fit(id, room);
}

/* As much of a text as fits, from its start, with an ellipsis. */
function fitText(text, room) {
  if (widthOf(text) <= room) {
    return text;
  }
  const chars = Array.from(text);
  let low = 0;
  let high = chars.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measuring.measureText(chars.slice(0, middle).join('') + '\u2026').width <= room) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low < 2 ? '' : chars.slice(0, low).join('') + '\u2026';
}

/* --- Tooltip ----------------------------------------------------------------------------------- */

const tip = make('g', { id: 'tip', visibility: 'hidden' }, svg);
const tipBox = make('rect', { rx: 4 }, tip);

function wrapText(text, columns, lines) {
  const result = [];
  const chars = Array.from(text);
  for (let i = 0; i < chars.length; i += columns) {
    if (result.length === lines) {
      result[lines - 1] += '\u2026';
      break;
    }
    result.push(chars.slice(i, i + columns).join(''));
  }
  return result;
}

/* @lines: [text, class]. @x, @y: where the pointer is, in the window. */
function showTip(lines, x, y) {
  while (tip.lastChild !== tipBox) {
    tip.removeChild(tip.lastChild);
  }
  let width = 0;
  let height = 6;
  for (const line of lines) {
    for (const part of wrapText(line[0], 100, 4)) {
      height += 16;
      make('text', { x: 9, y: height - 2, 'class': line[1] || '' }, tip).textContent = part;
      width = Math.max(width, measuring.measureText(part).width * (line[1] === 'strong' ? 1.08 : 1));
    }
  }
  width += 18;
  height += 6;
  tipBox.setAttribute('width', width);
  tipBox.setAttribute('height', height);
  const frame = svg.getBoundingClientRect();
  const left = Math.min(x - frame.left + 14, Math.min(frame.width, window.innerWidth - frame.left) - width - 4);
  let top = y - frame.top + 18;
  if (y + 18 + height > window.innerHeight && y - height - 10 > 0) {
    top = y - frame.top - height - 10;
  }
  tip.setAttribute('transform', 'translate(' + Math.max(2, left) + ',' + top + ')');
  tip.setAttribute('visibility', 'visible');
  svg.appendChild(tip);
}

function hideTip() {
  tip.setAttribute('visibility', 'hidden');
}

/* --- Tools: search field and buttons; a page has its own ---------------------------------------- */

function makeTools() {
  const holder = make('foreignObject', { id: 'tool-holder', y: 6, width: 620, height: 30 }, svg);
  const box = make('div', { id: 'tools' }, holder, HTML_NS);
  make('span', { id: 'found' }, box, HTML_NS);
  make('input', { id: 'search', type: 'search', placeholder: 'Search (regexp)', title: 'Press / to search, n and N for the next and previous match, Esc to take back' }, box, HTML_NS);
  make('button', { id: 'reset', title: 'Esc' }, box, HTML_NS).textContent = 'Reset zoom';
}
if (!onPage) {
  makeTools();
}
const tools = {
  search: document.getElementById('search'),
  found: document.getElementById('found'),
  reset: document.getElementById('reset')
};

/* A test for names by the text of the search field; null for none, undefined for a bad one. */
function makeMatcher(text) {
  if (text === '') {
    return null;
  }
  const { regexp } = compile(text);
  return regexp === null ? undefined : function (entry) {
    return regexp.test(entry.name) || (entry.detail !== '' && regexp.test(entry.detail));
  };
}

/* Whether a key is for the viewer: not for the browser, a dialog, or the button that has the focus. */
function isForViewer(event) {
  const onButton = event.target.closest && event.target.closest('button, [tabindex]');
  return !event.ctrlKey && !event.altKey && !event.metaKey && !document.querySelector('dialog[open]') &&
    !(onButton && (event.key === 'Enter' || event.key === ' '));
}
