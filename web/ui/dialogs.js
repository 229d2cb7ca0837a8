/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs, and short notes that go away by themselves. */
import { announce, byId, h } from './dom.js';

/* A modal dialog; closed by its buttons, Esc or a click beside it. Returns the element. */
export function showDialog(title, content, actions = []) {
  const dialog = h('dialog.dialog', { 'aria-labelledby': 'dialog-title' });
  const close = () => dialog.close();
  const form = h('form', { method: 'dialog', onsubmit: (event) => {
    event.preventDefault();
    const main = actions.find((action) => action.main);
    if (main) {
      main.run(close);
    } else {
      close();
    }
  } },
  h('h2', { id: 'dialog-title' }, title),
  content,
  h('div.dialog-actions', null,
    actions.map((action) => h('button', { type: action.main ? 'submit' : 'button', class: action.main ? 'main' : '', onclick: action.main ? null : () => (action.run ? action.run(close) : close()) }, action.text)),
    actions.length === 0 ? h('button', { type: 'submit' }, 'Close') : null));
  dialog.append(form);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) {
      close();
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function toast(text) {
  const place = byId('toast');
  place.textContent = text;
  place.classList.add('shown');
  announce(text);
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => place.classList.remove('shown'), 2500);
}
