/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts the page and shows the view that the address names. A view is a module with one function,
 * create(page), that returns
 *
 *   element                      what is put into the page
 *   show(state, before, signal)  loads and draws; called again when the address changes
 *   search(regexp), next(step), enter(text), key(event), escape(), destroy()
 *   keyTitle, keyList            its part of the help on keys
 */
import { ask } from './api.js';
import { announce, byId, h, replace } from './dom.js';
import { buildHeader, hrefOf, showHeader } from './header.js';
import { fillDetails, toggleDetails } from './details.js';
import { listenToKeys } from './keys.js';
import { runSearch, setSearchTarget, showSearchText } from './search.js';
import { selection, stateOfView } from './selection.js';
import { setOptions } from './options.js';
import { change, go, onNavigate, state } from './url.js';
import * as flame from './flame-page.js';
import * as sandwich from './sandwich-page.js';
import * as graph from './graph-page.js';
import * as top from './top-page.js';
import * as peek from './peek-page.js';
import * as source from './source-page.js';
import * as tags from './tags-page.js';
import * as diff from './diff-page.js';

const MODULES = { flamegraph: flame, graph, top, peek, source, disasm: source, sandwich, tags, diff };
const TITLES = { flamegraph: 'Flame graph', graph: 'Graph', top: 'Top', peek: 'Peek', source: 'Source', disasm: 'Disassemble', sandwich: 'Sandwich', tags: 'Tags' };

let view = null;
let viewName = '';
let pending = null;

const page = {
  profile: null,
  view: () => view,
  /* Those of the menu; before the server has answered, those that always are. */
  views() {
    const all = this.profile ? this.profile.views.map(({ name, title }) => ({ name, title })) : Object.entries(TITLES).map(([name, title]) => ({ name, title }));
    return all.filter(({ name }) => MODULES[name] && (name !== 'diff' || (this.profile && this.profile.has_base)));
  },
  goToView(name) {
    go(stateOfView(name));
  },
  toggleDetails: () => toggleDetails(page.profile),
  hrefOf,
  change
};

async function loadProfile(signal) {
  const query = state.query(true);
  page.profile = await ask('profile', query, { signal });
  setOptions(page.profile);
  fillDetails(page.profile);
  showHeader();
  showMessages(page.profile.messages);
}

function showMessages(messages) {
  const place = byId('messages');
  place.hidden = messages.length === 0;
  replace(place, messages.map((text) => h('p', null, text)));
}

/* What went wrong, or that there is nothing to see, in the place of the view. */
function noticeOf(message, isError) {
  return h('div.notice', { class: isError ? 'error' : '', role: isError ? 'alert' : 'status' },
    h('p', null, message),
    [...state.params.keys()].some((name) => name !== 'si' && name !== 'q')
      ? h('p', null, h('a', { href: state.view + (state.get('si') ? `?si=${encodeURIComponent(state.get('si'))}` : '') }, 'Without filters and options')) : null);
}

async function show(before) {
  if (pending !== null) {
    pending.abort();
  }
  const mine = pending = new AbortController();
  const name = MODULES[state.view] ? state.view : 'flamegraph';
  if (name !== viewName) {
    if (view !== null) {
      view.destroy?.();
    }
    selection.clear();
    viewName = name;
    view = MODULES[name].create(page, name);
    setSearchTarget(view);
    replace(byId('view'), view.element);
  }
  showHeader();
  showSearchText();
  byId('view').setAttribute('aria-busy', 'true');
  const busy = setTimeout(() => byId('busy').classList.add('shown'), 150);
  const profileLoaded = loadProfile(mine.signal).catch((error) => error);
  try {
    byId('problem').textContent = '';
    await view.show(state, before, mine.signal, profileLoaded);
    byId('view').hidden = false;
    runSearch();
  } catch (error) {
    if (error.name === 'AbortError') {
      return;
    }
    byId('view').hidden = true;
    replace(byId('problem'), noticeOf(error.message, !error.empty));
    announce(error.message);
  } finally {
    clearTimeout(busy);
    if (pending === mine) {
      byId('busy').classList.remove('shown');
      byId('view').setAttribute('aria-busy', 'false');
    }
  }
  const failed = await profileLoaded;
  if (failed && failed.name !== 'AbortError' && byId('problem').textContent === '') {
    replace(byId('problem'), noticeOf(failed.message, true));
  }
}

buildHeader(page);
listenToKeys(page);
onNavigate((now, before) => show(before));
show(null);
