/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the page is its address: /ui/VIEW?parameters. Parameters are the options of the
 * server (f, i, si, g, ...) and what only the page knows:
 *
 *   p    pivot of the flame graph, a regexp as in pprof;     q    text of the search box
 *        several are alternatives
 *   z    box that the flame graph is zoomed to               fn   function of the sandwich
 *   col  column and direction of a table                     row  text that a table is filtered by
 */
const PAGE_PARAMS = ['p', 'q', 'z', 'fn', 'col', 'row', 'types', 'mode'];

/* Those that mean another picture: not carried along to another view. */
const VIEW_PARAMS = ['z', 'col', 'row', 'types', 'mode'];

const listeners = new Set();

export class State {
  constructor(view, params) {
    this.view = view;
    this.params = params;
  }

  static ofLocation(location) {
    const view = location.pathname.replace(/\/+$/, '').replace(/.*\//, '');
    const params = new Map();
    const all = new URLSearchParams(location.search);
    for (const [name, value] of all) {
      if (value !== '' && !params.has(name)) {
        params.set(name, value);
      }
    }
    const pivots = all.getAll('p').filter(Boolean);
    if (pivots.length > 1) {
      params.set('p', pivots.map((one) => `(?:${one})`).join('|'));
    }
    return new State(view === '' || view === 'ui' ? 'flamegraph' : view, params);
  }

  get(name) {
    return this.params.get(name) || '';
  }

  /* With changes { name: value }; empty values are left out. */
  with(changes, view) {
    const params = new Map(this.params);
    if (view && view !== this.view) {
      VIEW_PARAMS.forEach((name) => params.delete(name));
    }
    for (const name in changes) {
      if (changes[name] === '' || changes[name] === null || changes[name] === undefined) {
        params.delete(name);
      } else {
        params.set(name, String(changes[name]));
      }
    }
    return new State(view || this.view, params);
  }

  /* "?f=x&g=lines", sorted; without what only the page knows if so asked. */
  query(forServer, extra) {
    const all = new Map(this.params);
    for (const name in extra) {
      all.set(name, extra[name] === undefined ? '' : String(extra[name]));
    }
    const pairs = [...all].filter(([name, value]) => value !== '' && (!forServer || !PAGE_PARAMS.includes(name) || (extra && name in extra)));
    pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    const text = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
    return text === '' ? '' : '?' + text;
  }

  href() {
    return this.view + this.query(false);
  }
}

export let state = State.ofLocation(window.location);

/* @listener(state, before) is called when the address has changed. */
export function onNavigate(listener) {
  listeners.add(listener);
}

function tell(before) {
  for (const listener of listeners) {
    listener(state, before);
  }
}

/* Goes to another state; with @options.replace without an entry in the history, @options.quiet untold. */
export function go(next, options = {}) {
  const before = state;
  if (next.href() === before.href() && !options.force) {
    return;
  }
  state = next;
  if (options.replace) {
    history.replaceState(null, '', next.href());
  } else {
    history.pushState(null, '', next.href());
  }
  if (!options.quiet) {
    tell(before);
  }
}

/* go() by changes of parameters. */
export function change(changes, options = {}) {
  go(state.with(changes, options.view), options);
}

window.addEventListener('popstate', () => {
  const before = state;
  state = State.ofLocation(window.location);
  tell(before);
});
