/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements and texts. Nothing here parses markup: names from a profile only ever become text nodes
 * and attributes without meaning to the browser. Styles are set one by one, as the policy wants.
 */

/*
 * h('button.small', { title, onclick, 'aria-x', dataset: {}, style: { '--x': 1 } }, child, ...)
 * Children: nodes, texts, numbers, arrays of these; null and false are left out.
 */
export function h(spec, props, ...children) {
  const [name, ...classes] = spec.split('.');
  const element = document.createElement(name || 'div');
  if (classes.length > 0) {
    element.className = classes.join(' ');
  }
  for (const key in props) {
    setProp(element, key, props[key]);
  }
  append(element, children);
  return element;
}

function setProp(element, key, value) {
  if (value === null || value === undefined || value === false) {
    return;
  }
  if (key.startsWith('on')) {
    element.addEventListener(key.slice(2), value);
  } else if (key === 'style') {
    for (const property in value) {
      element.style.setProperty(property, value[property]);
    }
  } else if (key === 'dataset') {
    Object.assign(element.dataset, value);
  } else if (key === 'class') {
    element.className += ' ' + value;
  } else if (key === 'value' || key === 'checked' || key === 'disabled' || key === 'hidden') {
    element[key] = value;
  } else {
    element.setAttribute(key, value === true ? '' : value);
  }
}

export function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) {
      append(element, child);
    } else if (child !== null && child !== undefined && child !== false) {
      element.append(child);
    }
  }
  return element;
}

export function replace(element, ...children) {
  element.textContent = '';
  return append(element, children);
}

export function byId(id) {
  return document.getElementById(id);
}

/* --- What a screen reader is told --------------------------------------------------------------- */

let announceTimer = 0;
/* Says the text once things are quiet: of many in a row only the last. */
export function announce(text) {
  clearTimeout(announceTimer);
  announceTimer = setTimeout(() => {
    byId('live').textContent = text;
  }, 120);
}

/* --- Times -------------------------------------------------------------------------------------- */

/* Calls @run once, @ms after the last call. */
export function debounce(run, ms) {
  let timer = 0;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(run, ms, ...args);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/* Calls @run at most once a frame. */
export function oncePerFrame(run) {
  let asked = 0;
  return () => {
    if (asked === 0) {
      asked = requestAnimationFrame((now) => {
        asked = 0;
        run(now);
      });
    }
  };
}

/* Copies a text; tells whether it worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = h('textarea', { readonly: true, class: 'offscreen', value: text });
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}
