/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search box: a regexp that highlights, says how much it matches, and goes from match to match.
 * Its text is in the address (q), so that a link shows the same.
 */
import { announce, byId, debounce, h } from './dom.js';
import { compile, forServer } from './regexps.js';
import { change, state } from './url.js';

let input;
let found;
let buttons;
let target = null; /* { search(regexp or null) -> text, next(step), enter(text) } */

export function buildSearch() {
  input = h('input', { id: 'search', type: 'search', placeholder: 'Search (regexp)', 'aria-label': 'Search functions, a regular expression', 'aria-describedby': 'found', spellcheck: 'false', autocomplete: 'off', 'aria-keyshortcuts': '/' });
  found = h('span', { id: 'found', role: 'status' });
  const step = (by) => () => target && target.next && target.next(by);
  buttons = h('span.search-steps', null,
    h('button.icon', { type: 'button', title: 'Previous match (N)', 'aria-label': 'Previous match', onclick: step(-1) }, '\u2191'),
    h('button.icon', { type: 'button', title: 'Next match (n)', 'aria-label': 'Next match', onclick: step(1) }, '\u2193'));
  buttons.hidden = true;
  const typed = debounce(() => {
    change({ q: input.value }, { replace: true, quiet: true });
    runSearch();
  }, 150);
  input.addEventListener('input', typed);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      typed.cancel();
      change({ q: input.value }, { replace: true, quiet: true });
      runSearch();
      if (event.shiftKey) {
        target?.next?.(1);
      } else if (compile(input.value).error === '') {
        enter(asAsked(input.value));
      }
      event.preventDefault();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      target?.next?.(event.key === 'ArrowDown' ? 1 : -1);
      event.preventDefault();
    } else if (event.key === 'Escape') {
      setSearch('');
      input.blur();
      event.preventDefault();
    }
    event.stopPropagation();
  });
  return h('div.search', { role: 'search' }, input, buttons, found);
}

/* A regexp for the server, where case matters; unless only without it something is found. */
function asAsked(text) {
  if (text === '' || forServer(text) === text || !target?.search) {
    return text;
  }
  return target.search(compile(text, true).regexp) === 'no match' ? forServer(text) : text;
}

/* As in pprof the text becomes the focus, unless the view has something better to do. */
function enter(regexp) {
  input.value = '';
  if (target?.enter) {
    target.enter(regexp);
  } else {
    change({ f: regexp, q: '' });
  }
}

/* Of the view that is shown. */
export function setSearchTarget(view) {
  target = view;
}

export function setSearch(text) {
  change({ q: text }, { replace: true, quiet: true });
  showSearchText();
  runSearch();
}

export function showSearchText() {
  if (input.value !== state.get('q') && document.activeElement !== input) {
    input.value = state.get('q');
  } else if (state.get('q') === '') {
    input.value = '';
  }
}

/* Searches again: the text or what is searched has changed. */
export function runSearch() {
  const text = state.get('q');
  const { regexp, error } = text === '' ? { regexp: null, error: '' } : compile(text);
  input.classList.toggle('wrong', error !== '');
  input.setAttribute('aria-invalid', String(error !== ''));
  buttons.hidden = regexp === null || !(target && target.next);
  let says = '';
  if (error !== '') {
    says = `Not a regular expression: ${error}`;
    if (target && target.search) {
      target.search(null);
    }
  } else if (target && target.search) {
    says = target.search(regexp) || '';
  }
  found.classList.toggle('wrong', error !== '');
  found.textContent = says;
  found.title = says;
}

export function focusSearch() {
  input.focus();
  input.select();
}

export function say(text) {
  found.textContent = text;
  announce(text);
}

export function hasSearch() {
  return byId('search').value !== '';
}
