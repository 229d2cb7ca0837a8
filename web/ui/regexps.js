/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regexps of the search box and those made from a selection. The server speaks Go's syntax; what the
 * page itself matches is translated where the two differ.
 */

const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/* U+FFFD stands for NUL, and for bytes that are no text. */
export function quote(text) {
  return text.replace(SPECIAL, '\\$&').replaceAll('\ufffd', '[\\x00\ufffd]');
}

/* As pprof makes them: names quoted, anchored, joined. */
export function regexpOfNames(names) {
  return [...names].map((name) => `^${quote(name)}$`).join('|');
}

/* The same for filters: "[libc.so]" stands for a binary without symbols, which they know by its path. */
export function filterOfNames(names) {
  const binary = (name) => /^\[(.+)\]$/.exec(name);
  return [...names].map((name) => (binary(name) ? `(^|/)${quote(binary(name)[1])}$` : `^${quote(name)}$`)).join('|');
}

/* The same search for the server: its case is told, not guessed. */
export function forServer(text) {
  return /^\(\?/.test(text) || /\p{Lu}/u.test(text) ? text : `(?i)${text}`;
}

/*
 * Returns { regexp, error }. (?i) and the like at the start become flags; \z \A \Q..\E, (?P<n>) and
 * [[:alpha:]] are put in JavaScript's words. With @exact case matters whatever the letters.
 */
export function compile(text, exact) {
  let flags = 'u';
  let source = text;
  const lead = /^\(\?([imsU]+)\)/.exec(source);
  if (lead) {
    source = source.slice(lead[0].length);
    flags += [...new Set(lead[1])].filter((c) => c !== 'U').join('');
  } else if (!exact && !/\p{Lu}/u.test(text)) {
    flags += 'i';
  }
  source = source
    .replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (all, literal) => quote(literal))
    .replaceAll('\\z', '$').replaceAll('\\A', '^').replaceAll('(?P<', '(?<')
    .replace(/\[:(\w+):\]/g, (all, name) => CLASSES[name] || all);
  for (const f of [flags, flags.replace('u', '')]) {
    try {
      return { regexp: new RegExp(source, f), error: '' };
    } catch (error) {
      if (!f.includes('u')) {
        return { regexp: null, error: error.message.replace(/^Invalid regular expression: /, '') };
      }
    }
  }
  return { regexp: null, error: '' };
}

const CLASSES = {
  alpha: 'A-Za-z', digit: '0-9', alnum: '0-9A-Za-z', upper: 'A-Z', lower: 'a-z', space: '\\s', word: '\\w',
  punct: '!-\\/:-@\\[-`{-~', xdigit: '0-9A-Fa-f'
};
