/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is selected: names of functions, in all views. The refine menu works on it, or on the text of
 * the search box where nothing is selected.
 */
import { filterOfNames } from './regexps.js';
import { go, state } from './url.js';

const names = new Set();
const listeners = new Set();

export const selection = {
  has: (name) => names.has(name),
  get size() {
    return names.size;
  },
  all: () => [...names],
  /* Returns what ends it. */
  onChange(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /* Replaces the selection. */
  set(list) {
    names.clear();
    list.forEach((name) => names.add(name));
    tell();
  },
  toggle(name) {
    if (!names.delete(name)) {
      names.add(name);
    }
    tell();
  },
  clear() {
    if (names.size > 0) {
      names.clear();
      tell();
    }
  }
};

function tell() {
  listeners.forEach((listener) => listener());
}

/* The regexp that a refinement uses, or ''. */
export function refineRegexp() {
  return names.size > 0 ? filterOfNames(names) : state.get('q') || (state.view === 'flamegraph' ? state.get('p') : '');
}

/*
 * The state of another view. What is about single functions begins with those that are selected,
 * searched for or pivoted on, as in pprof.
 */
export function stateOfView(view) {
  if (view === 'sandwich' && names.size === 1) {
    return state.with({ fn: [...names][0] }, view);
  }
  const regexp = ABOUT_FUNCTIONS.includes(view) && view !== state.view ? refineRegexp() : '';
  return state.with(regexp === '' ? {} : { f: regexp, q: '' }, view);
}

const ABOUT_FUNCTIONS = ['peek', 'source', 'disasm'];

/* Filters that a selection replaces, and those that it is added to; as in pprof. */
export const REFINEMENTS = [
  { name: 'Focus', param: 'f', adds: false, help: 'Only samples that pass through it', key: 'f' },
  { name: 'Ignore', param: 'i', adds: true, help: 'Drop samples that pass through it', key: 'i' },
  { name: 'Hide', param: 'h', adds: true, help: 'Remove it from all stacks', key: 'h' },
  { name: 'Show', param: 's', adds: false, help: 'Remove everything else from all stacks', key: 's' },
  { name: 'Show from', param: 'sf', adds: false, help: 'Cut its callers', key: 'r' }
];

/* The address after the refinement. */
export function refined(refinement, regexp) {
  const old = state.get(refinement.param);
  const value = refinement.adds && old !== '' && old !== regexp ? `${old}|${regexp}` : regexp;
  return state.with({ [refinement.param]: value, q: '', p: '', z: '' });
}

export function refine(refinement, regexp) {
  const next = refined(refinement, regexp);
  selection.clear();
  go(next);
}
