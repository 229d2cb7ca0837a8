/* SPDX-License-Identifier: Apache-2.0 */
/* The page around a picture: table of functions, details of a box, light and dark. */
const panel = document.getElementById('panel');
const details = document.getElementById('details');
const body = document.querySelector('#functions tbody');
const MAX_ROWS = 300;
document.documentElement.classList.toggle('compares', data.compares);
document.getElementById('page-title').textContent = data.title;

function text(parent, name, content, className) {
  const element = make(name, className ? { 'class': className } : {}, parent, HTML_NS);
  element.textContent = content;
  return element;
}

/* --- Table ------------------------------------------------------------------------------------- */

const columns = data.compares ? [
  { title: 'Base', value: function (e) { return e.baseSelf; } },
  { title: 'New', value: function (e) { return e.self; } },
  { title: 'Delta', value: function (e) { return e.self - e.baseSelf; }, sort: function (e) { return Math.abs(e.self - e.baseSelf); }, delta: true }
] : [
  { title: 'Self', value: function (e) { return e.self; } },
  { title: 'Cum', value: function (e) { return e.cum; } }
];
let sortColumn = data.compares ? 2 : 0;
let descending = true;
let rowFilter = null;
let currentEntry = -1;

function colorOf(entry) {
  const style = entry.style ? document.querySelector('.' + entry.style) : null;
  return style && !data.compares ? getComputedStyle(style).fill : 'transparent';
}
const swatches = new Map();
function swatch(entry) {
  if (!swatches.has(entry.style)) {
    swatches.set(entry.style, colorOf(entry));
  }
  return swatches.get(entry.style);
}

function sortedEntries() {
  const column = columns[sortColumn];
  const value = column ? column.sort || column.value : null;
  const order = entries.map(function (e, i) { return i; }).filter(function (i) { return !rowFilter || rowFilter[i]; });
  order.sort(function (a, b) {
    const by = value ? value(entries[b]) - value(entries[a]) : entries[a].name < entries[b].name ? 1 : -1;
    return (descending ? by : -by) || a - b;
  });
  return order;
}

function fillTable() {
  const order = sortedEntries();
  body.textContent = '';
  for (const i of order.slice(0, MAX_ROWS)) {
    const entry = entries[i];
    const row = make('tr', { 'data-entry': i, title: entry.name + (entry.detail ? '\n' + entry.detail : '') }, body, HTML_NS);
    for (const column of columns) {
      const value = column.value(entry);
      const shownValue = column.delta ? formatDelta(0, value) : formatValue(value);
      const cell = text(row, 'td', shownValue, column.delta ? (value > 0 ? 'more' : value < 0 ? 'less' : '') : '');
      if (!data.compares && !data.mean) {
        text(cell, 'small', ' ' + formatShare(value, data.total));
      }
    }
    const name = text(row, 'td', '', 'name');
    make('i', { style: 'background:' + swatch(entry) }, name, HTML_NS);
    name.appendChild(document.createTextNode(entry.shortName));
    row.classList.toggle('current', i === currentEntry);
    row.tabIndex = body.children.length === 1 ? 0 : -1;
  }
  const left = order.length - MAX_ROWS;
  document.getElementById('table-note').textContent = order.length === 0 ? 'No function matches.' : left > 0 ? left + ' more functions' : '';
}

function fillHead() {
  const head = document.querySelector('#functions thead tr');
  head.textContent = '';
  columns.concat([{ title: 'Function' }]).forEach(function (column, k) {
    const cell = text(head, 'th', '', k < columns.length ? 'number' : 'name');
    const button = text(cell, 'button', column.title);
    if (k === sortColumn) {
      cell.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    }
    button.addEventListener('click', function () {
      descending = sortColumn === k ? !descending : k < columns.length;
      sortColumn = k;
      fillHead();
      fillTable();
      head.children[k].firstChild.focus();
    });
  });
}

/* The arrows go from row to row; one of them is in the order of Tab. */
body.addEventListener('keydown', function (event) {
  const row = event.target.closest('tr');
  const next = event.key === 'ArrowDown' ? row.nextElementSibling : event.key === 'ArrowUp' ? row.previousElementSibling : null;
  if (event.key === 'Enter' || event.key === ' ') {
    row.click();
  } else if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') {
    return;
  } else if (next) {
    row.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
  event.preventDefault();
  event.stopPropagation();
});

body.addEventListener('click', function (event) {
  const row = event.target.closest('tr');
  if (!row) {
    return;
  }
  const entry = entries[row.dataset.entry];
  const pattern = regexpOfNames([entry.name]);
  setSearch(tools.search.value === pattern ? '' : pattern);
  const widest = byEntry ? byEntry[row.dataset.entry].slice().sort(function (a, b) { return W[b] - W[a]; })[0] : undefined;
  showDetails(Number(row.dataset.entry), widest === undefined ? -1 : widest);
});

viewer.onSearch = function (matches, searching) {
  rowFilter = searching && matches.some(Boolean) ? matches : null;
  /* A search for one function keeps the table as it is. */
  if (searching && matches.filter(Boolean).length === 1) {
    rowFilter = null;
  }
  fillTable();
};

/* --- Details ----------------------------------------------------------------------------------- */

function term(list, name, content) {
  text(list, 'dt', name);
  text(list, 'dd', content);
}

function showDetails(entryIndex, box) {
  details.textContent = '';
  currentEntry = entryIndex;
  for (const row of body.children) {
    row.classList.toggle('current', Number(row.dataset.entry) === entryIndex);
  }
  if (entryIndex < 0) {
    if (box >= 0) {
      titles[box].forEach(function (line, k) { text(details, k === 0 ? 'h2' : 'p', line); });
    }
    return;
  }
  const entry = entries[entryIndex];
  text(details, 'h2', entry.name);
  if (entry.detail || entry.pkg) {
    text(details, 'p', [entry.detail, entry.pkg].filter(Boolean).join(' \u00b7 '), 'file');
  }
  const list = make('dl', {}, details, HTML_NS);
  if (box >= 0) {
    const weight = weightOf(box);
    if (data.compares) {
      term(list, 'here', formatValue(weight.baseCum) + ' \u2192 ' + formatValue(weight.cum) + ', ' + formatDelta(weight.baseCum, weight.cum) + ', ' + formatRatio(weight.baseCum, weight.cum));
    } else {
      term(list, 'here', valueAndShare(weight.cum, data.total) + ', self ' + valueAndShare(weight.self, data.total));
    }
  }
  if (data.compares) {
    term(list, 'everywhere', formatValue(entry.baseCum) + ' \u2192 ' + formatValue(entry.cum) + ', ' + formatDelta(entry.baseCum, entry.cum));
    term(list, 'self', formatValue(entry.baseSelf) + ' \u2192 ' + formatValue(entry.self) + ', ' + formatDelta(entry.baseSelf, entry.self) + ', ' + formatRatio(entry.baseSelf, entry.self));
  } else {
    term(list, 'everywhere', valueAndShare(entry.cum, data.total) + ', self ' + valueAndShare(entry.self, data.total));
  }
  term(list, 'boxes', String(byEntry[entryIndex].length));
  const stack = make('ol', { title: data.view === 'flame' ? 'The stack, this function first' : '' }, details, HTML_NS);
  for (let i = box, k = 0; i >= 0 && k < 200; i = P[i], k++) {
    const button = text(make('li', {}, stack, HTML_NS), 'button', labels[i]);
    const at = i;
    button.addEventListener('click', function () { goTo(at); hideTip(); });
  }
}

viewer.onSelect = function (i) {
  if (i >= 0) {
    showDetails(E[i], i);
  }
};

/* --- Bar --------------------------------------------------------------------------------------- */

const themeButton = document.getElementById('theme');
function setTheme(dark) {
  document.documentElement.classList.toggle('dark', dark);
  themeButton.textContent = dark ? 'Light' : 'Dark';
}
setTheme(window.matchMedia('(prefers-color-scheme: dark)').matches);
themeButton.addEventListener('click', function () {
  setTheme(!document.documentElement.classList.contains('dark'));
});

const panelButton = document.getElementById('panel-button');
panelButton.addEventListener('click', function () {
  panel.hidden = !panel.hidden;
  panelButton.setAttribute('aria-pressed', String(!panel.hidden));
  resize();
});
document.getElementById('help-button').addEventListener('click', function () {
  document.getElementById('help').showModal();
});

fillHead();
fillTable();
resize();
