/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Viewer of call graphs: drag and wheel, search, pointing, keyboard. Group i of the data is the
 * element with data-i = i.
 */
const world = document.getElementById('world');
const STEP = 5;
const n = data.groups.length / STEP;
const E = new Int32Array(n);
const P = new Int32Array(n).fill(-1);
const FROM = new Int32Array(n);
const TO = new Int32Array(n);
const W = new Float64Array(n);
const boxes = new Array(n);
const titles = new Array(n);
const labels = new Array(n);
const edgesOf = Array.from({ length: n }, function () { return []; });
const byEntry = entries.map(function () { return []; });
let view = { x: 0, y: 0, k: 1 };
let size = { width: data.width, height: data.height };
let cursor = -1;
let hits = [];
let matcher = null;

for (const box of world.querySelectorAll('g[data-i]')) {
  const i = Number(box.getAttribute('data-i'));
  const title = box.querySelector('title');
  boxes[i] = box;
  titles[i] = title ? title.textContent.split('\n') : [''];
  if (title) {
    box.removeChild(title);
  }
}
for (let i = 0; i < n; i++) {
  E[i] = data.groups[STEP * i];
  FROM[i] = data.groups[STEP * i + 3];
  TO[i] = data.groups[STEP * i + 4];
  labels[i] = E[i] >= 0 ? entries[E[i]].shortName : (titles[i] || [''])[0];
  W[i] = data.groups[STEP * i + 1];
  if (E[i] >= 0) {
    byEntry[E[i]].push(i);
  }
  if (FROM[i] >= 0) {
    edgesOf[FROM[i]].push(i);
    edgesOf[TO[i]].push(i);
  }
}

function weightOf(i) {
  return { cum: data.groups[STEP * i + 1], self: data.groups[STEP * i + 2], baseCum: 0, baseSelf: 0 };
}

/* --- Moving ------------------------------------------------------------------------------------ */

function place() {
  world.setAttribute('transform', 'translate(' + view.x.toFixed(2) + ',' + view.y.toFixed(2) + ') scale(' + view.k.toFixed(4) + ')');
}

function fitAll() {
  view.k = Math.min(1.5, size.width / data.width, size.height / data.height);
  /* A picture that would be too small to read starts at its top, as wide as the window. */
  view.k = Math.max(view.k, Math.min(0.35, size.width / data.width));
  view.x = Math.max(0, (size.width - data.width * view.k) / 2);
  view.y = 0;
  place();
}

function resize() {
  const parent = svg.parentNode;
  size.width = Math.max(300, onPage ? parent.clientWidth : window.innerWidth);
  size.height = Math.max(200, onPage ? window.innerHeight - parent.getBoundingClientRect().top : window.innerHeight);
  svg.setAttribute('width', size.width);
  svg.setAttribute('height', size.height);
  svg.removeAttribute('viewBox');
  const toolHolder = document.getElementById('tool-holder');
  if (toolHolder) {
    toolHolder.setAttribute('x', Math.max(0, size.width - 630));
  }
  fitAll();
}

function zoomAt(x, y, factor) {
  const k = Math.max(0.02, Math.min(8, view.k * factor));
  view.x = x - (x - view.x) * k / view.k;
  view.y = y - (y - view.y) * k / view.k;
  view.k = k;
  place();
}

svg.addEventListener('wheel', function (event) {
  const frame = svg.getBoundingClientRect();
  zoomAt(event.clientX - frame.left, event.clientY - frame.top, Math.pow(1.0015, -event.deltaY * (event.deltaMode === 1 ? 20 : 1)));
  hideTip();
  event.preventDefault();
}, { passive: false });

let drag = null;
svg.addEventListener('pointerdown', function (event) {
  if (event.button === 0 && !(event.target.closest && event.target.closest('#tools'))) {
    drag = { x: event.clientX, y: event.clientY, moved: false };
  }
});
window.addEventListener('pointermove', function (event) {
  if (drag === null) {
    return;
  }
  if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 4) {
    return;
  }
  drag.moved = true;
  view.x += event.clientX - drag.x;
  view.y += event.clientY - drag.y;
  drag.x = event.clientX;
  drag.y = event.clientY;
  place();
});
window.addEventListener('pointerup', function () {
  setTimeout(function () { drag = null; }, 0);
});

/* --- Pointing ---------------------------------------------------------------------------------- */

function groupAt(event) {
  const node = event.target.closest ? event.target.closest('g[data-i]') : null;
  return node ? Number(node.getAttribute('data-i')) : -1;
}

function describe(i) {
  if (E[i] < 0) {
    return titles[i].map(function (line) { return [line, 'strong']; });
  }
  const weight = weightOf(i);
  return [[entries[E[i]].name, 'strong'],
    [valueAndShare(weight.cum, data.total) + ', self ' + valueAndShare(weight.self, data.total)],
    [entries[E[i]].pkg, 'weak']];
}

let marked = [];
function markAround(i) {
  for (const k of marked) {
    boxes[k].classList.remove('near');
  }
  marked = i < 0 ? [] : FROM[i] >= 0 ? [i] : edgesOf[i].concat([i]);
  marked = marked.filter(function (k) { return boxes[k]; });
  for (const k of marked) {
    boxes[k].classList.add('near');
  }
  svg.classList.toggle('pointing', marked.length > 0);
}

world.addEventListener('mousemove', function (event) {
  const i = groupAt(event);
  if (i < 0 || (drag && drag.moved)) {
    hideTip();
    markAround(-1);
    return;
  }
  markAround(E[i] >= 0 || FROM[i] >= 0 ? i : -1);
  showTip(describe(i), event.clientX, event.clientY);
});
world.addEventListener('mouseleave', function () {
  hideTip();
  markAround(-1);
});
world.addEventListener('click', function (event) {
  const i = groupAt(event);
  if (i >= 0 && !(drag && drag.moved)) {
    select(i);
  }
});

function select(i) {
  if (cursor >= 0 && boxes[cursor]) {
    boxes[cursor].classList.remove('chosen');
  }
  cursor = i;
  if (i >= 0 && boxes[i]) {
    boxes[i].classList.add('chosen');
  }
  if (viewer.onSelect) {
    viewer.onSelect(i);
  }
}

/* Brings a box to the middle. */
function goTo(i) {
  if (i < 0 || !boxes[i]) {
    return;
  }
  const rect = boxes[i].querySelector('rect');
  if (rect) {
    const x = parseFloat(rect.getAttribute('x')) + parseFloat(rect.getAttribute('width')) / 2;
    const y = parseFloat(rect.getAttribute('y')) + parseFloat(rect.getAttribute('height')) / 2;
    view.k = Math.max(view.k, 0.7);
    view.x = size.width / 2 - x * view.k;
    view.y = size.height / 2 - y * view.k;
    place();
  }
  select(i);
}

/* --- Searching --------------------------------------------------------------------------------- */

function describeHits() {
  if (matcher === undefined) {
    return 'not a regular expression';
  }
  if (matcher === null) {
    return '';
  }
  if (hits.length === 0) {
    return 'no match';
  }
  const self = hits.reduce(function (sum, i) { return sum + weightOf(i).self; }, 0);
  return hits.length + (hits.length === 1 ? ' node' : ' nodes') + (data.mean ? '' : ', self ' + valueAndShare(self, data.total));
}

function search(text) {
  matcher = makeMatcher(text);
  hits = [];
  const matches = matcher ? entries.map(matcher) : [];
  for (let i = 0; i < n; i++) {
    const hit = Boolean(matcher) && E[i] >= 0 && matches[E[i]];
    if (hit) {
      hits.push(i);
    }
    if (boxes[i]) {
      boxes[i].classList.toggle('hit', hit);
    }
  }
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
  if (hits.length === 1) {
    goTo(hits[0]);
  }
}

tools.search.addEventListener('input', function () { search(tools.search.value); });
tools.reset.addEventListener('click', fitAll);

function nextHit(step) {
  if (hits.length > 0) {
    const at = hits.indexOf(cursor);
    goTo(hits[at < 0 ? (step > 0 ? 0 : hits.length - 1) : (at + step + hits.length) % hits.length]);
  }
}

/* The heaviest edge down or up from the chosen box, or the next box. */
function neighbour(key) {
  if (cursor < 0) {
    return E.findIndex(function (e) { return e >= 0; });
  }
  const down = key === 'ArrowDown';
  if (down || key === 'ArrowUp') {
    const edge = edgesOf[cursor].find(function (k) { return (down ? FROM[k] : TO[k]) === cursor; });
    return edge === undefined ? cursor : down ? TO[edge] : FROM[edge];
  }
  let i = cursor;
  do {
    i = (i + (key === 'ArrowLeft' ? n - 1 : 1)) % n;
  } while (E[i] < 0 && i !== cursor);
  return i;
}

document.addEventListener('keydown', function (event) {
  const typing = event.target === tools.search;
  if (!isForViewer(event)) {
    return;
  }
  if (event.key === 'Escape') {
    if (tools.search.value !== '') {
      setSearch('');
    } else {
      select(-1);
      fitAll();
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
  } else if (event.key === '+' || event.key === '=' || event.key === '-') {
    zoomAt(size.width / 2, size.height / 2, event.key === '-' ? 0.8 : 1.25);
  } else if (event.key === '0' || event.key === 'Home') {
    fitAll();
  } else {
    return;
  }
  event.preventDefault();
});

window.addEventListener('resize', resize);
resize();
