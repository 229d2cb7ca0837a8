/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Viewer of flame graphs: zoom, search, pointing, keyboard. The boxes are in the document already;
 * this moves them. Box i is the i-th child of #frames; they come level by level, left to right.
 */
const MARGIN = 10;
const MIN_TEXT = 22;
const INSET = 4;
/* Positions come in hundredths of a point; this is a little more, of the width of the root. */
const EPS = 0.018 / 1180;
const holder = document.getElementById('frames');
const boxes = Array.from(holder.children);
const n = boxes.length;
const X = new Float64Array(n); /* as parts of the root's width */
const W = new Float64Array(n);
const D = new Int32Array(n);
const P = new Int32Array(n);   /* parent, -1 for the root */
const E = new Int32Array(n);   /* entry or -1 */
const rects = new Array(n);
const texts = new Array(n);
const labels = new Array(n);
const titles = new Array(n);
const STEP = data.compares ? 5 : 3;
let fullWidth = data.width;
let shift = 0; /* of the boxes, downwards: a legend in a narrow window has more rows */
let zoomed = 0;
let cursor = -1;
let hits = [];
let matcher = null;

function readBoxes() {
  const span = data.width - 2 * MARGIN;
  for (let i = 0; i < n; i++) {
    const box = boxes[i];
    const title = box.querySelector('title');
    titles[i] = title.textContent.split('\n');
    box.removeChild(title);
    rects[i] = box.querySelector('rect');
    texts[i] = box.querySelector('text');
    X[i] = (parseFloat(rects[i].getAttribute('x')) - MARGIN) / span;
    const width = parseFloat(rects[i].getAttribute('width'));
    /* The gap between boxes is theirs: see put_box() of src/layout/flame.c. */
    W[i] = (width > 1.5 ? width + 0.5 : width * 4 / 3) / span;
    const level = Math.round((parseFloat(rects[i].getAttribute('y')) - data.top) / data.pitch);
    D[i] = data.upward ? data.levels - 1 - level : level;
    E[i] = data.groups[STEP * i];
    labels[i] = E[i] >= 0 ? entries[E[i]].shortName : i === 0 ? titles[i].join(' ') : titles[i][0].split(',')[0];
  }
  W[0] = 1;
  let above = 0;
  for (let i = 0; i < n; i++) {
    P[i] = -1;
    if (D[i] === 0) {
      continue;
    }
    while (above < i && (D[above] < D[i] - 1 || X[above] + W[above] <= X[i] + EPS)) {
      above++;
    }
    P[i] = D[above] === D[i] - 1 ? above : -1;
  }
}
readBoxes();
/* Level d is boxes levelStart[d] to levelStart[d + 1] - 1. */
const levelStart = [];
for (let i = 0; i < n; i++) {
  while (levelStart.length <= D[i]) {
    levelStart.push(i);
  }
}
levelStart.push(n);
const byEntry = entries.map(function () { return []; });
for (let i = 0; i < n; i++) {
  if (E[i] >= 0) {
    byEntry[E[i]].push(i);
  }
}

function weightOf(i) {
  const at = STEP * i;
  const g = data.groups;
  return { cum: g[at + 1], self: g[at + 2], baseCum: data.compares ? g[at + 3] : 0, baseSelf: data.compares ? g[at + 4] : 0 };
}

/* Of a comparison: what is only on one side is outlined where there is room. */
const marks = boxes.map(function (box, i) {
  const weight = weightOf(i);
  return !data.sides || E[i] < 0 ? '' : weight.baseCum === 0 && weight.cum !== 0 ? 'new' : weight.cum === 0 && weight.baseCum !== 0 ? 'gone' : '';
});

/* --- Moving ------------------------------------------------------------------------------------ */

function isWithin(i, outer) {
  return X[i] >= X[outer] - EPS && X[i] + W[i] <= X[outer] + W[outer] + EPS;
}

const movedX = new Float64Array(n).fill(-1); /* where moveBox() has put a box */
const movedWidth = new Float64Array(n).fill(-1);

function moveBox(i, x, width) {
  if (movedX[i] === x && movedWidth[i] === width) {
    return;
  }
  movedX[i] = x;
  movedWidth[i] = width;
  const gap = Math.min(0.5, width / 4);
  rects[i].setAttribute('x', x.toFixed(2));
  rects[i].setAttribute('width', (width - gap).toFixed(2));
  if (marks[i]) {
    rects[i].classList.toggle(marks[i], width >= 6);
  }
  const text = width >= MIN_TEXT ? fitName(labels[i], width - 2 * INSET) : '';
  if (text === '') {
    if (texts[i]) {
      texts[i].textContent = '';
    }
    return;
  }
  if (!texts[i]) {
    texts[i] = make('text', { 'class': 'label', y: parseFloat(rects[i].getAttribute('y')) + 13 }, boxes[i]);
  }
  texts[i].setAttribute('x', (x + INSET).toFixed(2));
  if (texts[i].textContent !== text) {
    texts[i].textContent = text;
  }
}

/* 0 off, 1 shown, 2 above the zoomed box. */
function stateOf(i) {
  if (D[i] < D[zoomed]) {
    return isWithin(zoomed, i) ? 2 : 0;
  }
  return isWithin(i, zoomed) && W[i] / W[zoomed] * (fullWidth - 2 * MARGIN) > 0.25 ? 1 : 0;
}

/* The first box of a level that begins at x or to the right of it. */
function firstFrom(level, x) {
  let from = levelStart[level];
  let to = levelStart[level + 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (X[middle] < x) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

function setClass(i, state) {
  const name = (isHit[i] ? 'hit' : '') + state;
  if (name !== classes[i]) {
    boxes[i].setAttribute('class', name);
    classes[i] = name;
  }
}

function layOutLevel(level) {
  const room = fullWidth - 2 * MARGIN;
  const k = room / W[zoomed];
  const end = levelStart[level + 1];
  let from = levelStart[level];
  let to = end;
  if (zoomed !== 0) {
    from = firstFrom(level, X[zoomed] - EPS);
    if (level < D[zoomed]) {
      /* What is above is the last one that begins left of it, or at the same place. */
      while (from < end && X[from] <= X[zoomed] + EPS) {
        from++;
      }
      from = Math.max(levelStart[level], from - 1);
    }
    const right = X[zoomed] + W[zoomed] + EPS;
    for (to = from; to < end && X[to] < right; to++);
  }
  /* Of all others nothing has been in sight since the last time. */
  for (let i = shownFrom[level]; i < shownTo[level]; i++) {
    if (i < from || i >= to) {
      setClass(i, ' off');
    }
  }
  for (let i = from; i < to; i++) {
    const state = stateOf(i);
    setClass(i, state === 2 ? ' up' : state === 1 ? '' : ' off');
    if (state === 2) {
      moveBox(i, MARGIN, room);
    } else if (state === 1) {
      moveBox(i, MARGIN + (X[i] - X[zoomed]) * k, W[i] * k);
    }
  }
  shownFrom[level] = from;
  shownTo[level] = to;
}

/* Levels are laid out when they come near the window: a stack may be thousands of frames deep. */
const classes = new Array(n).fill('');
const isHit = new Uint8Array(n);
const levelVersion = new Uint32Array(levelStart.length);
/* Of each level only boxes shownFrom to shownTo - 1 may be in sight. */
const shownFrom = Uint32Array.from(levelStart.slice(0, -1));
const shownTo = Uint32Array.from(levelStart.slice(1));
let version = 1;

function layOutNear(everything) {
  const top = svg.getBoundingClientRect().top + data.top + shift;
  const height = window.innerHeight;
  const last = levelStart.length - 2;
  let from = Math.max(0, Math.floor((-top - height / 2) / data.pitch));
  let to = Math.min(last, Math.ceil((-top + height * 1.5) / data.pitch));
  if (data.upward) {
    [from, to] = [Math.max(0, data.levels - 1 - to), Math.min(last, data.levels - 1 - from)];
  }
  if (everything) {
    from = 0;
    to = last;
  }
  for (let level = from; level <= to; level++) {
    if (levelVersion[level] !== version) {
      levelVersion[level] = version;
      layOutLevel(level);
    }
  }
}

function layOut() {
  version++;
  layOutNear(false);
  placeCursor();
  tools.reset.disabled = zoomed === 0;
}

document.addEventListener('scroll', function () { layOutNear(false); }, { passive: true });
window.addEventListener('beforeprint', function () { layOutNear(true); });

function zoomTo(i) {
  if (i < 0 || i === zoomed) {
    return;
  }
  zoomed = i;
  hideTip();
  layOut();
}

/* --- Legend ------------------------------------------------------------------------------------ */

/* Swatches with their texts, in rows above the boxes; dx is from the left end of the swatch. */
const LEGEND_PITCH = 19;

function readLegend() {
  const legend = [];
  for (let child = svg.firstElementChild; child !== holder; child = child.nextElementSibling) {
    const isGroup = child.localName === 'g';
    for (const part of isGroup ? child.querySelectorAll('rect, text') : [child]) {
      const last = legend[legend.length - 1];
      const x = parseFloat(part.getAttribute('x'));
      if (part.localName === 'rect' && part.getAttribute('height') === '11') {
        legend.push({ parts: [{ part, dx: 0 }], x, y: parseFloat(part.getAttribute('y')), isRight: false });
      } else if (part.localName === 'text' && last && last.parts.length === 1 && last.parts[0].part.localName === 'rect') {
        last.parts.push({ part, dx: x - last.x });
      } else if (part.localName === 'text' && last) {
        legend.push({ parts: [{ part, dx: 0 }], x, y: parseFloat(part.getAttribute('y')) - 9.5, isRight: part.getAttribute('text-anchor') === 'end' });
      }
    }
  }
  return legend;
}

const legend = readLegend();

/* Lines of the header, cut where the window ends. */
const headerLines = Array.from(svg.querySelectorAll('text.muted')).filter(function (text) {
  return legend.length === 0 || parseFloat(text.getAttribute('y')) < legend[0].y;
}).map(function (text) { return { text, full: text.textContent, size: parseFloat(text.getAttribute('font-size')) }; });

function fitHeader() {
  for (const line of headerLines) {
    line.text.textContent = fitText(line.full, (fullWidth - 2 * MARGIN) * 12 / line.size);
  }
}

const legendRows = legend.length > 0 ? 1 + Math.round((legend[legend.length - 1].y - legend[0].y) / LEGEND_PITCH) : 0;

/* Fills rows as wide as there is room; returns by how much they have grown. */
function flowLegend() {
  const right = fullWidth - MARGIN;
  let x = MARGIN;
  let row = 0;
  for (const item of legend) {
    const text = item.parts[item.parts.length - 1];
    const width = text.dx + text.part.getComputedTextLength();
    if (x + width > right && x > MARGIN) {
      x = MARGIN;
      row++;
    }
    const start = item.isRight ? Math.max(MARGIN, right - width) : x;
    for (const one of item.parts) {
      const y = legend[0].y + row * LEGEND_PITCH;
      one.part.setAttribute('x', (start + one.dx).toFixed(2));
      one.part.setAttribute('y', one.part.localName === 'text' ? y + 9.5 : y);
      if (item.isRight) {
        one.part.setAttribute('text-anchor', 'start');
      }
    }
    x = start + width + 14;
  }
  return Math.max(0, row + 1 - legendRows) * LEGEND_PITCH;
}

function resize() {
  const width = onPage ? svg.parentNode.clientWidth : window.innerWidth;
  fullWidth = Math.max(400, width || data.width);
  svg.setAttribute('width', fullWidth);
  fitHeader();
  shift = legend.length > 0 ? flowLegend() : 0;
  svg.setAttribute('height', data.height + shift);
  svg.setAttribute('viewBox', '0 0 ' + fullWidth + ' ' + (data.height + shift));
  for (const moved of [holder, cursorBox]) {
    moved.setAttribute('transform', 'translate(0 ' + shift + ')');
  }
  const toolHolder = document.getElementById('tool-holder');
  if (toolHolder) {
    toolHolder.setAttribute('x', Math.max(0, fullWidth - 630));
  }
  layOut();
}

/* --- Pointing ---------------------------------------------------------------------------------- */

function describe(i) {
  if (E[i] < 0) {
    return titles[i].map(function (line, k) { return [line, k === 0 ? 'strong' : '']; });
  }
  const entry = entries[E[i]];
  const weight = weightOf(i);
  const lines = [[entry.name, 'strong']];
  if (data.compares) {
    lines.push(['base ' + valueAndShare(weight.baseCum, data.baseTotal) + '  \u2192  new ' + valueAndShare(weight.cum, data.total)]);
    lines.push([formatDelta(weight.baseCum, weight.cum) + ', ' + formatRatio(weight.baseCum, weight.cum)]);
    if (weight.self !== 0 || weight.baseSelf !== 0) {
      lines.push(['self ' + formatValue(weight.baseSelf) + '  \u2192  ' + formatValue(weight.self), 'weak']);
    }
  } else {
    lines.push([valueAndShare(weight.cum, data.total) + (weight.self !== 0 ? ', self ' + valueAndShare(weight.self, data.total) : '')]);
    const places = byEntry[E[i]].length;
    if (places > 1) {
      lines.push(['in all ' + places + ' places: ' + valueAndShare(entry.cum, data.total) + ', self ' + valueAndShare(entry.self, data.total), 'weak']);
    }
  }
  if (entry.detail !== '') {
    lines.push([entry.detail, 'weak']);
  }
  if (entry.pkg !== '' && !entry.name.startsWith(entry.pkg)) {
    lines.push([entry.pkg, 'weak']);
  }
  return lines;
}

let marked = -1;
function markSame(entry) {
  if (entry === marked) {
    return;
  }
  for (const i of marked >= 0 ? byEntry[marked] : []) {
    boxes[i].classList.remove('same');
  }
  for (const i of entry >= 0 ? byEntry[entry] : []) {
    boxes[i].classList.add('same');
  }
  marked = entry;
}

const indexOf = new Map(boxes.map(function (box, i) { return [box, i]; }));
function boxAt(event) {
  let node = event.target;
  while (node && node.parentNode !== holder) {
    node = node.parentNode;
  }
  const i = node ? indexOf.get(node) : undefined;
  return i === undefined ? -1 : i;
}

holder.addEventListener('mousemove', function (event) {
  const i = boxAt(event);
  if (i < 0) {
    return;
  }
  markSame(E[i]);
  showTip(describe(i), event.clientX, event.clientY);
});
holder.addEventListener('mouseleave', function () {
  markSame(-1);
  hideTip();
});
holder.addEventListener('click', function (event) {
  const i = boxAt(event);
  if (i >= 0) {
    select(i);
    zoomTo(i);
  }
});

/* --- Searching --------------------------------------------------------------------------------- */

/* Sums over the outermost boxes that match: none is counted twice. */
function sumHits() {
  const order = hits.slice().sort(function (a, b) { return X[a] - X[b] || D[a] - D[b]; });
  const sum = { cum: 0, baseCum: 0, self: 0, baseSelf: 0, width: 0 };
  let end = -1;
  for (const i of order) {
    const weight = weightOf(i);
    sum.self += weight.self;
    sum.baseSelf += weight.baseSelf;
    if (X[i] >= end - EPS) {
      sum.cum += weight.cum;
      sum.baseCum += weight.baseCum;
      sum.width += W[i];
      end = X[i] + W[i];
    }
  }
  return sum;
}

function describeHits() {
  if (matcher === undefined) {
    return 'not a regular expression';
  }
  if (matcher === null) {
    return '';
  }
  const sum = sumHits();
  const places = hits.length + (hits.length === 1 ? ' box' : ' boxes');
  if (hits.length === 0) {
    return 'no match';
  }
  if (data.mean) {
    return places + ', ' + formatShare(sum.width, 1) + ' of the width';
  }
  if (data.compares) {
    return places + ': ' + formatValue(sum.baseCum) + ' \u2192 ' + formatValue(sum.cum) + ' (' + formatDelta(sum.baseCum, sum.cum) + ')';
  }
  return places + ': ' + formatValue(sum.cum) + ', ' + formatShare(sum.cum, data.total) + ' (self ' + formatShare(sum.self, data.total) + ')';
}

function search(text) {
  matcher = makeMatcher(text);
  hits = [];
  const matches = matcher ? entries.map(matcher) : [];
  for (let i = 0; i < n; i++) {
    isHit[i] = matcher && E[i] >= 0 && matches[E[i]] ? 1 : 0;
    if (isHit[i]) {
      hits.push(i);
    }
  }
  layOut();
  svg.classList.toggle('searching', Boolean(matcher));
  tools.search.classList.toggle('wrong', matcher === undefined);
  tools.found.textContent = describeHits();
  if (viewer.onSearch) {
    viewer.onSearch(matches, Boolean(matcher));
  }
}

function setSearch(text) {
  tools.search.value = text;
  search(text);
}

tools.search.addEventListener('input', function () { search(tools.search.value); });
tools.reset.addEventListener('click', function () { zoomTo(0); });

/* --- Keyboard ---------------------------------------------------------------------------------- */

const cursorBox = make('rect', { id: 'cursor', visibility: 'hidden' }, svg);

function placeCursor() {
  if (cursor < 0 || stateOf(cursor) === 0) {
    cursorBox.setAttribute('visibility', 'hidden');
    return;
  }
  layOutLevel(D[cursor]);
  for (const name of ['x', 'y', 'width', 'height']) {
    cursorBox.setAttribute(name, rects[cursor].getAttribute(name));
  }
  cursorBox.setAttribute('visibility', 'visible');
}

function select(i) {
  cursor = i;
  if (viewer.onSelect) {
    viewer.onSelect(i);
  }
  placeCursor();
}

function goTo(i) {
  if (i < 0) {
    return;
  }
  if (!isWithin(i, zoomed)) {
    zoomTo(0);
  }
  select(i);
  const box = rects[i].getBoundingClientRect();
  if (box.top < 60 || box.bottom > window.innerHeight) {
    rects[i].scrollIntoView({ block: 'center' });
  }
  const at = rects[i].getBoundingClientRect();
  showTip(describe(i), Math.max(0, at.left), at.bottom - 12);
}

function nextHit(step) {
  const visible = hits.filter(function (i) { return isWithin(i, zoomed) && D[i] >= D[zoomed]; });
  if (visible.length > 0) {
    const at = visible.indexOf(cursor);
    goTo(visible[at < 0 ? (step > 0 ? 0 : visible.length - 1) : (at + step + visible.length) % visible.length]);
  }
}

function neighbour(key) {
  const i = cursor < 0 ? zoomed : cursor;
  const deeper = data.upward ? 'ArrowUp' : 'ArrowDown';
  if (cursor < 0) {
    return i;
  }
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    for (let k = i + (key === 'ArrowLeft' ? -1 : 1); k >= 0 && k < n && D[k] === D[i]; k += key === 'ArrowLeft' ? -1 : 1) {
      if (stateOf(k)) {
        return k;
      }
    }
    return i;
  }
  if (key === deeper) {
    for (let k = i + 1; k < n; k++) {
      if (P[k] === i && stateOf(k)) {
        return k;
      }
    }
    return i;
  }
  return P[i] >= 0 ? P[i] : i;
}

document.addEventListener('keydown', function (event) {
  const typing = event.target === tools.search;
  if (!isForViewer(event)) {
    return;
  }
  if (event.key === 'Escape') {
    if (tools.search.value !== '') {
      setSearch('');
    } else if (zoomed !== 0) {
      zoomTo(0);
    } else {
      select(-1);
    }
    tools.search.blur();
    hideTip();
  } else if (typing && event.key === 'Enter') {
    tools.search.blur();
    nextHit(event.shiftKey ? -1 : 1);
  } else if (typing) {
    return;
  } else if (event.key === '/') {
    tools.search.focus();
    tools.search.select();
  } else if (event.key === 'n' || event.key === 'N') {
    nextHit(event.key === 'n' ? 1 : -1);
  } else if (event.key.startsWith('Arrow')) {
    goTo(neighbour(event.key));
  } else if (event.key === 'Enter' && cursor >= 0) {
    zoomTo(cursor);
  } else if (event.key === 'Backspace' || event.key === 'u') {
    zoomTo(Math.max(0, P[zoomed]));
  } else if (event.key === '0' || event.key === 'Home') {
    zoomTo(0);
  } else {
    return;
  }
  event.preventDefault();
});

window.addEventListener('resize', resize);
resize();
