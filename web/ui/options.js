/* SPDX-License-Identifier: Apache-2.0 */
/* The panel with every option of the table, each with its help; a change goes into the address. */
import { byId, h, replace } from './dom.js';
import { change, state } from './url.js';

let profile = null;

export function setOptions(newProfile) {
  profile = newProfile;
  if (!byId('options').hidden) {
    refresh();
  }
}

export function optionOf(param) {
  return profile ? profile.options.find((option) => option.url === param) : undefined;
}

/* The value in use, as text. */
export function optionValue(param) {
  const text = state.get(param);
  const option = optionOf(param);
  if (text === '') {
    return option ? option.start : '';
  }
  if (option && option.kind === 'bool') {
    return /^(t|true|1|y|yes)$/i.test(text) ? 'true' : 'false';
  }
  return text;
}

export function optionIsOn(param) {
  return optionValue(param) === 'true';
}

/* What to put into the address for a value: nothing for the one the program was started with. */
function paramFor(param, value) {
  const option = optionOf(param);
  if (option && value === option.start) {
    return '';
  }
  return option && option.kind === 'bool' ? (value === 'true' ? 't' : 'f') : value;
}

export function setOption(param, value) {
  change({ [param]: paramFor(param, value), z: '' });
}

export function toggleOptions(show) {
  const panel = byId('options');
  panel.hidden = show === undefined ? !panel.hidden : !show;
  byId('options-button').setAttribute('aria-expanded', String(!panel.hidden));
  if (!panel.hidden) {
    fill();
    panel.querySelector('button, input, select').focus();
  } else {
    byId('options-button').focus();
  }
}

function fill() {
  const groups = new Map();
  for (const option of profile.options) {
    if (!groups.has(option.group)) {
      groups.set(option.group, []);
    }
    groups.get(option.group).push(option);
  }
  const content = [...groups].map(([title, options]) => h('fieldset', null, h('legend', null, title), options.map(field)));
  replace(byId('options'),
    h('div.panel-head', null, h('h2', { id: 'options-title' }, 'Options'),
      h('button', { type: 'button', onclick: resetAll, title: 'All options as the program was started' }, 'Reset all'),
      h('button.icon', { type: 'button', 'aria-label': 'Close options', onclick: () => toggleOptions(false) }, '\u2715')),
    h('form', { onsubmit: (event) => event.preventDefault() }, content));
}

/* Only what has changed is made anew: a click may be on its way to the rest. */
function refresh() {
  for (const option of profile.options) {
    const old = document.querySelector(`[data-option="${option.url}"]`);
    if (old && old.dataset.key !== keyOf(option)) {
      const focused = document.activeElement && old.contains(document.activeElement) ? document.activeElement.id : '';
      old.replaceWith(field(option));
      if (focused !== '' && byId(focused)) {
        byId(focused).focus();
      }
    }
  }
}

function keyOf(option) {
  return `${optionValue(option.url)} ${option.start}`;
}

function resetAll() {
  change(Object.fromEntries(profile.options.map((option) => [option.url, ''])));
}

function field(option) {
  const id = `option-${option.url}`;
  const value = optionValue(option.url);
  const [short, ...long] = option.help.split('\n');
  const changed = value !== option.start;
  const help = h('p.help', { id: `${id}-help` }, short + (long.length > 0 ? '. ' + long.join(' ') : ''));
  const apply = (next) => setOption(option.url, next);
  let control;
  if (option.kind === 'bool') {
    control = h('input', { id, type: 'checkbox', checked: value === 'true', 'aria-describedby': `${id}-help`, onchange: (event) => apply(String(event.target.checked)) });
  } else if (option.url === 'si') {
    control = choice(id, profile.sample_types.map((type) => type.type), profile.sample_types[profile.sample_index]?.type, apply);
  } else if (option.choices) {
    control = choice(id, option.choices, value, apply);
  } else {
    const isNumber = option.kind === 'int' || option.kind === 'float';
    control = h('input', { id, type: 'text', inputmode: isNumber ? 'decimal' : null, value, spellcheck: 'false', autocomplete: 'off', 'aria-describedby': `${id}-help`, placeholder: option.start || (isNumber ? '' : 'none'), onchange: (event) => apply(event.target.value.trim()) });
  }
  return h('div.option', { class: changed ? 'changed' : '', dataset: { option: option.url, key: keyOf(option) } },
    h('label', { for: id }, option.name.replaceAll('_', ' ')), control,
    changed ? h('button.icon', { type: 'button', title: `Back to ${option.start || 'none'}`, 'aria-label': `Reset ${option.name}`, onclick: () => apply(option.start) }, '\u21ba') : h('span'),
    help);
}

function choice(id, choices, value, apply) {
  const select = h('select', { id, 'aria-describedby': `${id}-help`, onchange: (event) => apply(event.target.value) },
    choices.map((text) => h('option', { value: text }, text)));
  if (!choices.includes(value)) {
    select.prepend(h('option', { value: value || '' }, value || 'default'));
  }
  select.value = value || '';
  return select;
}
