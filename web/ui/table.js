/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of any length: only the rows in sight exist. Sorts by a click on a column's head, filters,
 * selects; the arrows move a current row that is announced.
 *
 *   columns: { id, title, label, number, sticky, width, value(row), text(row), share(row), cell(row), help,
 *              sort(row) }: text or cell; share draws a bar of that part of the cell
 *   on: { open(row, event), toggle(row), isSelected(row), menu(row, x, y), sorted(id, descending) }
 */
import { announce, h, oncePerFrame, replace } from './dom.js';

const ROW = 24;
const SPARE = 8;

function classOf(column) {
  return column.number ? 'number' : column.sticky ? 'sticky' : '';
}

export class Table {
  constructor(label, on) {
    this.on = on;
    this.columns = [];
    this.order = [];
    this.current = -1;
    this.shown = new Map(); /* elements of the rows in sight, by their place */
    this.sortId = '';
    this.descending = true;
    this.head = h('div.table-head', { role: 'row' });
    this.rows = h('div.table-rows', { role: 'rowgroup' });
    this.body = h('div.table-body', { tabindex: '0', role: 'grid', 'aria-label': label }, h('div', { role: 'rowgroup' }, this.head), this.rows);
    this.element = h('div.table', null, this.body);
    this.draw = oncePerFrame(() => this.drawRows());
    this.body.addEventListener('scroll', this.draw, { passive: true });
    this.body.addEventListener('keydown', (event) => this.key(event));
    this.body.addEventListener('click', (event) => this.click(event));
    this.body.addEventListener('contextmenu', (event) => {
      const row = this.rowOfEvent(event);
      if (row >= 0 && this.on.menu) {
        this.on.menu(row, event.clientX, event.clientY);
        event.preventDefault();
      }
    });
    this.observer = new ResizeObserver(this.draw);
    this.observer.observe(this.body);
  }

  destroy() {
    this.observer.disconnect();
  }

  /* @n: number of rows; @filter(row) or null */
  setRows(columns, n, filter) {
    this.columns = columns;
    this.n = n;
    if (!columns.some((column) => column.id === this.sortId)) {
      this.sortId = (columns.find((column) => column.number) || columns[0]).id;
    }
    this.filter = filter;
    this.sort();
  }

  setFilter(filter) {
    this.filter = filter;
    this.sort();
  }

  setSort(id, descending) {
    this.sortId = id;
    this.descending = descending;
  }

  sort() {
    const column = this.columns.find((one) => one.id === this.sortId) || this.columns[0];
    const order = [];
    for (let i = 0; i < this.n; i++) {
      if (!this.filter || this.filter(i)) {
        order.push(i);
      }
    }
    const key = column.sort || column.value;
    if (column.number) {
      const keys = Float64Array.from({ length: this.n }, (_, i) => key(i));
      order.sort((a, b) => (this.descending ? keys[b] - keys[a] : keys[a] - keys[b]) || a - b);
    } else {
      const collator = new Intl.Collator('en');
      const keys = Array.from({ length: this.n }, (_, i) => String(key ? key(i) : column.text(i)));
      order.sort((a, b) => (this.descending ? -1 : 1) * collator.compare(keys[a], keys[b]) || a - b);
    }
    const row = this.current >= 0 ? this.order[this.current] : -1;
    this.order = order;
    this.shown.clear();
    replace(this.rows);
    this.current = row >= 0 ? order.indexOf(row) : -1;
    this.showHead();
    this.rows.style.setProperty('height', `${order.length * ROW}px`);
    this.body.setAttribute('aria-rowcount', String(order.length + 1));
    this.draw();
  }

  showHead() {
    const widths = this.columns.map((column) => column.width || 'minmax(12em, 1fr)').join(' ');
    this.element.style.setProperty('--columns', widths);
    replace(this.head, this.columns.map((column) => h('div.th', {
      role: 'columnheader', class: classOf(column), title: column.help,
      'aria-sort': column.id === this.sortId ? (this.descending ? 'descending' : 'ascending') : 'none'
    }, h('button', { type: 'button', dataset: { sort: column.id }, 'aria-label': column.label || column.title, onclick: () => this.sortBy(column) }, column.title))));
  }

  sortBy(column) {
    this.descending = this.sortId === column.id ? !this.descending : Boolean(column.number);
    this.sortId = column.id;
    this.body.scrollTop = 0;
    this.sort();
    this.head.querySelector(`[data-sort="${column.id}"]`).focus();
    announce(`sorted by ${column.label || column.title}, ${this.descending ? 'descending' : 'ascending'}`);
    this.on.sorted?.(column.id, this.descending);
  }

  /* --- Rows ------------------------------------------------------------------------------------ */

  drawRows() {
    const top = this.body.scrollTop;
    const first = Math.max(0, Math.floor(top / ROW) - SPARE);
    const last = Math.min(this.order.length, Math.ceil((top + this.body.clientHeight) / ROW) + SPARE);
    /* Rows that stay in sight stay the same elements: a click may be on its way to them. */
    for (const [i, element] of this.shown) {
      if (i < first || i >= last) {
        element.remove();
        this.shown.delete(i);
      }
    }
    for (let i = first; i < last; i++) {
      let element = this.shown.get(i);
      if (!element) {
        element = this.makeRow(i);
        this.shown.set(i, element);
        this.rows.append(element);
      }
      this.mark(element, i);
    }
    if (this.current >= 0) {
      this.body.setAttribute('aria-activedescendant', `row-${this.current}`);
    } else {
      this.body.removeAttribute('aria-activedescendant');
    }
  }

  makeRow(i) {
    return h('div.tr', { id: `row-${i}`, role: 'row', 'aria-rowindex': String(i + 2), dataset: { at: i }, style: { top: `${i * ROW}px` } },
      this.columns.map((column) => this.makeCell(column, this.order[i])));
  }

  mark(element, i) {
    if (this.on.isSelected) {
      const selected = this.on.isSelected(this.order[i]);
      element.setAttribute('aria-selected', String(selected));
      element.classList.toggle('selected', selected);
    }
    element.classList.toggle('current', i === this.current);
  }

  makeCell(column, row) {
    const cell = h('div.td', { role: 'gridcell', class: classOf(column) });
    if (column.share) {
      const share = Math.min(1, Math.abs(column.share(row)));
      cell.append(h('span.bar-fill', { 'aria-hidden': 'true', style: { width: `${share * 100}%` } }));
    }
    if (column.cell) {
      cell.append(column.cell(row));
    } else {
      const text = column.text(row);
      cell.append(h('span.cell-text', { title: column.number ? null : text }, text));
    }
    if (column.kind) {
      cell.classList.add(column.kind(row) || 'same');
    }
    return cell;
  }

  rowOfEvent(event) {
    const element = event.target.closest('.tr');
    return element ? this.order[Number(element.dataset.at)] : -1;
  }

  click(event) {
    const row = this.rowOfEvent(event);
    if (row < 0 || event.target.closest('a, button, input')) {
      return;
    }
    this.current = Number(event.target.closest('.tr').dataset.at);
    this.on.open(row, event);
    this.draw();
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.body.clientHeight / ROW) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.target !== this.body || event.ctrlKey || event.altKey || event.metaKey || this.order.length === 0) {
      return;
    }
    if (moves[event.key] !== undefined) {
      this.moveTo(Math.max(0, Math.min(this.order.length - 1, this.current + moves[event.key])));
    } else if (event.key === 'Enter' && this.current >= 0) {
      this.on.open(this.order[this.current], event);
      this.draw();
    } else if (event.key === ' ' && this.current >= 0) {
      (this.on.toggle || this.on.open)(this.order[this.current], event);
      this.draw();
    } else if ((event.key === 'm' || event.key === 'ContextMenu') && this.current >= 0 && this.on.menu) {
      const box = this.body.querySelector(`#row-${this.current}`).getBoundingClientRect();
      this.on.menu(this.order[this.current], box.left + 60, box.bottom, this.body);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  moveTo(at) {
    this.current = at;
    const top = at * ROW;
    const room = this.body.clientHeight - this.head.offsetHeight;
    if (top < this.body.scrollTop) {
      this.body.scrollTop = top;
    } else if (top + ROW > this.body.scrollTop + room) {
      this.body.scrollTop = top + ROW - room;
    }
    this.drawRows();
    const row = this.order[at];
    announce(this.columns.map((column) => `${column.label || column.title} ${column.text ? column.text(row) : ''}`).join(', '));
  }

  /* Scrolls to the next row of @matches from the current one. */
  goToNext(step, matches) {
    const n = this.order.length;
    for (let k = 1; k <= n; k++) {
      const at = ((this.current < 0 && step < 0 ? 0 : this.current) + step * k + n * 2) % n;
      if (matches(this.order[at])) {
        this.moveTo(at);
        return;
      }
    }
  }

  redraw() {
    this.draw();
  }
}
