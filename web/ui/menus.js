/* SPDX-License-Identifier: Apache-2.0 */
/* Menus: below a button, or where a pointer is. Arrows, Home, End, letters and Esc as everywhere. */
import { h } from './dom.js';

let open = null; /* { element, anchor, close } */

export function closeMenu() {
  if (open !== null) {
    open.close(false);
  }
}

/*
 * @items: { text, hint, href, run, disabled, checked, title, remove } or { heading } or { line: true };
 * @at: { x, y } of the window. Focus goes to the first item and back to @from in the end.
 */
export function openMenu(items, at, from, label) {
  closeMenu();
  const element = h('div.menu', { role: 'menu', 'aria-label': label });
  for (const item of items) {
    element.append(item.line ? h('hr', { role: 'separator' }) : item.heading ? h('div.menu-heading', { role: 'presentation' }, item.heading) : makeItem(item));
  }
  const close = (refocus) => {
    element.remove();
    document.removeEventListener('pointerdown', outside, true);
    window.removeEventListener('resize', leave);
    open = null;
    if (from) {
      from.setAttribute('aria-expanded', 'false');
      if (refocus) {
        from.focus({ preventScroll: true });
      }
    }
  };
  const outside = (event) => {
    if (!element.contains(event.target) && !(from && from.contains(event.target))) {
      close(false);
    }
  };
  const leave = () => close(false);
  element.addEventListener('keydown', (event) => moveInMenu(event, element, close));
  element.addEventListener('click', (event) => {
    if (event.target.closest('[role^=menuitem]') && !event.target.closest('[aria-disabled=true]')) {
      close(true);
    }
  });
  document.body.append(element);
  place(element, at);
  open = { element, anchor: from, close };
  document.addEventListener('pointerdown', outside, true);
  window.addEventListener('resize', leave);
  if (from) {
    from.setAttribute('aria-expanded', 'true');
  }
  const first = element.querySelector('[role^=menuitem]:not([aria-disabled=true])');
  if (first) {
    first.focus({ preventScroll: true });
  }
}

function makeItem(item) {
  const role = item.checked === undefined ? 'menuitem' : 'menuitemradio';
  const props = { role, tabindex: '-1', title: item.title, 'aria-disabled': item.disabled ? 'true' : null, 'aria-checked': item.checked === undefined ? null : String(item.checked) };
  const content = [
    h('span.menu-check', { 'aria-hidden': 'true' }, item.checked ? '\u2713' : ''),
    h('span.menu-text', null, item.text),
    item.hint ? h('kbd', { 'aria-hidden': 'true' }, item.hint) : null
  ];
  if (item.href && !item.disabled) {
    return h('a.menu-item', { ...props, href: item.href, download: item.download, onclick: item.run && ((event) => runUnlessNewTab(event, item.run)) }, content);
  }
  return h('button.menu-item', { ...props, type: 'button', onclick: item.disabled ? null : item.run }, content);
}

/* A link with an action of its own still opens in a new tab when asked to. */
export function runUnlessNewTab(event, run) {
  if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    run(event);
  }
}

function place(element, at) {
  const box = element.getBoundingClientRect();
  const x = Math.max(4, Math.min(at.x, window.innerWidth - box.width - 4));
  const y = at.y + box.height + 4 > window.innerHeight && at.y - box.height > 4 && at.flip !== false ? at.y - box.height : Math.max(4, Math.min(at.y, window.innerHeight - Math.min(box.height, window.innerHeight - 8) - 4));
  element.style.setProperty('left', `${x}px`);
  element.style.setProperty('top', `${y}px`);
  element.style.setProperty('max-height', `${window.innerHeight - y - 8}px`);
}

function moveInMenu(event, element, close) {
  const items = [...element.querySelectorAll('[role^=menuitem]')];
  const at = items.indexOf(document.activeElement);
  const n = items.length;
  let to = -1;
  if (event.key === 'ArrowDown') {
    to = (at + 1) % n;
  } else if (event.key === 'ArrowUp') {
    to = (at + n - 1) % n;
  } else if (event.key === 'Home') {
    to = 0;
  } else if (event.key === 'End') {
    to = n - 1;
  } else if (event.key === 'Escape' || event.key === 'Tab') {
    close(event.key === 'Escape');
    if (event.key === 'Tab') {
      return;
    }
  } else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
    const key = event.key.toLowerCase();
    to = items.findIndex((item, i) => i > at && item.textContent.trim().toLowerCase().replace(/^\u2713/, '').startsWith(key));
    if (to < 0) {
      to = items.findIndex((item) => item.textContent.trim().toLowerCase().replace(/^\u2713/, '').startsWith(key));
    }
  } else if (event.key !== 'Enter' && event.key !== ' ') {
    return;
  } else {
    items[at].click();
  }
  if (to >= 0) {
    items[to].focus();
  }
  event.preventDefault();
  event.stopPropagation();
}

/* A button with a menu; @items is called each time it opens. */
export function menuButton(text, items, props = {}) {
  const button = h('button.bar-button.has-menu', { type: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', ...props }, text);
  const show = () => {
    const box = button.getBoundingClientRect();
    openMenu(items(), { x: box.left, y: box.bottom + 4, flip: false }, button, props['aria-label'] || text);
  };
  button.addEventListener('click', () => {
    if (open !== null && open.anchor === button) {
      open.close(true);
    } else {
      show();
    }
  });
  button.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') {
      show();
      event.preventDefault();
    }
  });
  return button;
}
