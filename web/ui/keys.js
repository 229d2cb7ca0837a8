/* SPDX-License-Identifier: Apache-2.0 */
/* Keyboard: what is the same in all views, and the sheet that lists it. */
import { closeMenu } from './menus.js';
import { focusSearch, hasSearch, setSearch } from './search.js';
import { h } from './dom.js';
import { showDialog } from './dialogs.js';
import { refine, REFINEMENTS, refineRegexp, selection } from './selection.js';
import { toast } from './dialogs.js';
import { toggleOptions } from './options.js';

const COMMON = [
  ['/', 'search; a regular expression, case matters once it has a capital'],
  ['Enter', 'in the search box, as in pprof: focus on what matches; in a flame graph pivot on it. Empty: take that back'],
  ['n, N', 'next, previous match; \u2193, \u2191 in the search box'],
  ['1 \u2013 9', 'view'],
  ['Alt+F, I, H, S, R', 'focus, ignore, hide, show, show from: the selection or the search'],
  ['o', 'options'],
  ['d', 'details of the profile'],
  ['Esc', 'take back: search, selection, zoom'],
  ['?', 'this sheet']
];

export function showKeys(view) {
  const list = (rows) => h('dl.keys', null, rows.map(([keys, text]) => [h('dt', null, keys.split(', ').map((key, i) => [i > 0 ? ' ' : '', h('kbd', null, key)])), h('dd', null, text)]));
  showDialog('Keyboard', h('div', null,
    view && view.keyList ? [h('h3', null, view.keyTitle), list(view.keyList)] : null,
    h('h3', null, 'Everywhere'), list(COMMON)));
}

/* @page: { view(), views(), goToView(name), toggleDetails() } */
export function listenToKeys(page) {
  document.addEventListener('keydown', (event) => {
    const target = event.target;
    const typing = target.closest && target.closest('input, textarea, select, dialog, [role=menu]');
    if (typing || event.ctrlKey || event.metaKey) {
      if (event.key === 'Escape' && target.closest && target.closest('#options')) {
        toggleOptions(false);
      }
      return;
    }
    if (event.altKey) {
      const refinement = REFINEMENTS.find((one) => one.key === event.key.toLowerCase());
      if (refinement) {
        const regexp = refineRegexp();
        event.preventDefault();
        if (regexp === '') {
          toast('Select a function or search first');
        } else {
          refine(refinement, regexp);
        }
      }
      return;
    }
    const onButton = target.closest && target.closest('button, a, summary');
    if (onButton && (event.key === 'Enter' || event.key === ' ')) {
      return;
    }
    if (press(event, page)) {
      event.preventDefault();
    }
  });
}

function press(event, page) {
  const view = page.view();
  if (event.key === 'Escape') {
    return escape(view);
  }
  if (view && view.key && view.key(event)) {
    return true;
  }
  if (event.key === '/') {
    focusSearch();
  } else if (event.key === '?') {
    showKeys(view);
  } else if (event.key === 'o') {
    toggleOptions();
  } else if (event.key === 'd') {
    page.toggleDetails();
  } else if ((event.key === 'n' || event.key === 'N') && view && view.next) {
    view.next(event.key === 'n' ? 1 : -1);
  } else if (/^[1-9]$/.test(event.key)) {
    const one = page.views()[Number(event.key) - 1];
    if (one) {
      page.goToView(one.name);
    }
  } else {
    return false;
  }
  return true;
}

function escape(view) {
  closeMenu();
  if (hasSearch()) {
    setSearch('');
  } else if (selection.size > 0) {
    selection.clear();
  } else if (view && view.escape) {
    view.escape();
  }
  return true;
}
