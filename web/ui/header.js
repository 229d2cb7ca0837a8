/* SPDX-License-Identifier: Apache-2.0 */
/* The bar on top: views, sample types, refinements, configurations, downloads; chips of what filters. */
import { announce, byId, h, replace } from './dom.js';
import { menuButton, runUnlessNewTab } from './menus.js';
import { buildSearch } from './search.js';
import { optionOf, toggleOptions } from './options.js';
import { REFINEMENTS, refine, refineRegexp, selection, stateOfView } from './selection.js';
import { configItems } from './configs.js';
import { downloadItems } from './downloads.js';
import { showKeys } from './keys.js';
import { change, go, state } from './url.js';

let shownViews = '';
let page = null; /* { profile, view(), views(), goToView(), toggleDetails() } */

/* Parameters that are part of the picture, with a place of their own in it: no chips. */
const NO_CHIP = ['si', 'up', 'reverse', 'collapse', 'sort', 'palette', 'diffwidth'];
const CHIP_NAMES = { f: 'focus', i: 'ignore', h: 'hide', s: 'show', sf: 'show from', p: 'pivot', tf: 'tag focus', ti: 'tag ignore', ts: 'tag show', th: 'tag hide', tagroot: 'tag root', tagleaf: 'tag leaf', prunefrom: 'prune from' };

export function buildHeader(thePage) {
  page = thePage;
  const refineButton = menuButton('Refine', refineItems, { id: 'refine-menu' });
  replace(byId('bar'),
    h('a.brand', { href: 'flamegraph', title: 'Start over', onclick: (event) => runUnlessNewTab(event, () => go(state.with(Object.fromEntries([...state.params.keys()].map((name) => [name, ''])), 'flamegraph'))) }, h('img', { src: 'static/icon.svg', alt: 'cpa', width: '18', height: '18' })),
    h('button.bar-title', { type: 'button', id: 'title', 'aria-expanded': 'false', 'aria-controls': 'details', title: 'Details of the profile (d)', onclick: () => page.toggleDetails() }),
    h('nav.views', { id: 'views', 'aria-label': 'View' }),
    h('div.menus', { role: 'group', 'aria-label': 'Menus' },
      menuButton('View', viewItems, { id: 'view-menu' }),
      menuButton('Sample', sampleItems, { id: 'sample-menu' }),
      refineButton,
      menuButton('Config', () => configItems(page.profile), { id: 'config-menu' }),
      menuButton('Download', () => downloadItems(page), { id: 'download-menu' })),
    buildSearch(),
    h('div.bar-end', null,
      h('button.bar-button', { type: 'button', id: 'options-button', 'aria-expanded': 'false', 'aria-controls': 'options', title: 'Options (o)', onclick: () => toggleOptions() }, 'Options'),
      h('button.bar-button', { type: 'button', id: 'help-button', title: 'Keyboard (?)', 'aria-label': 'Help on the keyboard', onclick: () => showKeys(page.view()) }, '?')));
  selection.onChange(showSelection);
}

/* After each change of the address or the profile's answer. */
export function showHeader() {
  const { profile } = page;
  document.body.dataset.view = state.view;
  const current = page.views().find((view) => view.name === state.view);
  const links = page.views().map((view, i) => h('a', {
    href: hrefOf(view.name), dataset: { view: view.name }, 'aria-current': view.name === state.view ? 'page' : null, title: `${view.title} (${i + 1})`,
    onclick: (event) => runUnlessNewTab(event, () => page.goToView(view.name))
  }, view.title));
  const key = links.map((link) => link.outerHTML).join();
  if (key !== shownViews) {
    const focused = byId('views').contains(document.activeElement);
    shownViews = key;
    replace(byId('views'), links);
    if (focused) {
      byId('views').querySelector('[aria-current]').focus();
    }
  }
  byId('view-menu').textContent = current ? current.title : 'View';
  if (profile) {
    byId('title').textContent = [profile.file || 'profile', profile.type].filter(Boolean).join(' \u00b7 ');
    byId('heading').textContent = `${current ? current.title : state.view} of ${profile.file || 'the profile'}, ${profile.type}`;
    document.title = `${profile.file || 'profile'} ${profile.type} \u2013 ${current ? current.title : state.view} \u2013 cpa`;
    byId('sample-menu').hidden = profile.sample_types.length < 2;
    byId('sample-menu').textContent = profile.type;
  }
  showChips();
  showSelection();
}

export function hrefOf(view) {
  return stateOfView(view).href();
}

function viewItems() {
  return page.views().map((view, i) => ({ text: view.title, hint: String(i + 1), href: hrefOf(view.name), checked: view.name === state.view, run: () => page.goToView(view.name) }));
}

function sampleItems() {
  const { profile } = page;
  return profile.sample_types.map((type, i) => {
    const next = state.with({ si: type.type, z: '' });
    return { text: type.type, hint: type.unit, href: next.href(), checked: i === profile.sample_index, run: () => go(next) };
  });
}

function refineItems() {
  const regexp = refineRegexp();
  const what = selection.size === 1 ? selection.all()[0] : selection.size > 1 ? `${selection.size} functions` : regexp;
  const items = REFINEMENTS.map((refinement) => ({
    text: refinement.name, hint: `Alt+${refinement.key.toUpperCase()}`, title: refinement.help, disabled: regexp === '', run: () => refine(refinement, regexp)
  }));
  const filters = activeFilters();
  return [
    { heading: regexp === '' ? 'Select or search a function first' : shorten(what, 48) },
    ...items, { line: true },
    { text: 'Reset', title: 'Take all filters back', disabled: filters.length === 0, run: () => change({ ...Object.fromEntries(filters.map((param) => [param, ''])), z: '' }) }
  ];
}

function shorten(text, n) {
  return text.length > n ? text.slice(0, n - 1) + '\u2026' : text;
}

/* Parameters of the address that filter. */
function activeFilters() {
  return [...state.params.keys()].filter((param) => CHIP_NAMES[param] !== undefined);
}

function showChips() {
  const chips = [];
  for (const [param, value] of [...state.params].sort()) {
    const option = optionOf(param);
    if (NO_CHIP.includes(param) || (!option && param !== 'p')) {
      continue;
    }
    const name = CHIP_NAMES[param] || (option ? option.name.replaceAll('_', ' ') : param);
    const text = option && option.kind === 'bool' ? (/^[f0n]/i.test(value) ? `no ${name}` : name) : `${name}: `;
    chips.push(h('span.chip', { role: 'listitem', title: `${name}: ${value}` },
      h('span.chip-name', null, text), option && option.kind === 'bool' ? null : h('span.chip-value', null, shorten(value, 60)),
      h('button', { type: 'button', 'aria-label': `Remove ${name} ${shorten(value, 60)}`, title: 'Remove', onclick: () => removeChip(param, name) }, '\u2715')));
  }
  const bar = byId('chips');
  bar.hidden = chips.length === 0;
  /* Left alone where nothing changes: one of them may have the focus. */
  if (bar.textContent !== chips.map((chip) => chip.textContent).join('')) {
    replace(bar, chips);
  }
}

function removeChip(param, name) {
  change({ [param]: '', z: '' });
  announce(`${name} removed`);
  (byId('chips').querySelector('button') || byId('refine-menu')).focus();
}

function showSelection() {
  const button = byId('refine-menu');
  button.classList.toggle('ready', refineRegexp() !== '');
  byId('views').querySelectorAll('a').forEach((link) => link.setAttribute('href', hrefOf(link.dataset.view)));
  replace(button, 'Refine', selection.size > 0 ? h('span.badge', null, String(selection.size)) : null);
}
