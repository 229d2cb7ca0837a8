/* SPDX-License-Identifier: Apache-2.0 */
/* Saved configurations: the same settings.json as pprof's, kept by the server. */
import { h } from './dom.js';
import { forget, post } from './api.js';
import { showDialog, toast } from './dialogs.js';
import { State, go, state } from './url.js';

/* The address of a configuration: its own options, and what no configuration holds. */
function stateOf(config) {
  const next = new State(state.view, new Map());
  for (const [name, value] of new URLSearchParams(config.url)) {
    next.params.set(name, value);
  }
  for (const name of ['si', 'q']) {
    if (state.get(name) !== '') {
      next.params.set(name, state.get(name));
    }
  }
  return next;
}

export function configItems(profile) {
  const configs = (profile && profile.configs) || [];
  const users = configs.filter((config) => config.user);
  return [
    { text: 'Save as\u2026', title: 'Keep the options and filters under a name', run: () => saveDialog(users) },
    { line: true },
    ...configs.map((config) => ({ text: config.name, checked: config.current, href: stateOf(config).href(), run: () => go(stateOf(config)) })),
    ...(users.length > 0 ? [{ line: true }, { text: 'Delete\u2026', run: () => deleteDialog(users) }] : [])
  ];
}

async function send(what, name, close, done) {
  try {
    const query = state.query(true, { config: name });
    await post(`${what}${query}`);
    forget('profile');
    close();
    toast(done);
    go(state, { replace: true, force: true });
  } catch (error) {
    const place = document.querySelector('dialog .dialog-error');
    place.textContent = error.message;
  }
}

function saveDialog(users) {
  const current = users.find((config) => config.current);
  const input = h('input', { id: 'config-name', type: 'text', value: current ? current.name : '', list: 'config-names', autocomplete: 'off', required: true });
  showDialog('Save configuration', h('div', null,
    h('p', null, 'Keeps the options and filters of this view. pprof reads the same file.'),
    h('label', { for: 'config-name' }, 'Name'), input,
    h('datalist', { id: 'config-names' }, users.map((config) => h('option', { value: config.name }))),
    h('p.dialog-error', { role: 'alert' })), [
    { text: 'Cancel' },
    { text: 'Save', main: true, run: (close) => {
      if (input.value.trim() !== '') {
        send('saveconfig', input.value.trim(), close, `Saved as ${input.value.trim()}`);
      }
    } }
  ]);
  input.focus();
  input.select();
}

function deleteDialog(users) {
  const select = h('select', { id: 'config-delete' }, users.map((config) => h('option', { value: config.name }, config.name)));
  showDialog('Delete configuration', h('div', null, h('label', { for: 'config-delete' }, 'Name'), select, h('p.dialog-error', { role: 'alert' })), [
    { text: 'Cancel' },
    { text: 'Delete', main: true, run: (close) => send('deleteconfig', select.value, close, `Deleted ${select.value}`) }
  ]);
  select.focus();
}
