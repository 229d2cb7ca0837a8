/* SPDX-License-Identifier: Apache-2.0 */
/* Names as short as there is room: widths of texts, the parts of a qualified name. */

/*
 * Of "name file.go:12", as granularity makes it, the name; an address may stand in front. @file: the
 * file in it, or '' where it has none; guessed where that is not known.
 */
export function functionName(label, file) {
  const name = label.replace(/^[0-9a-f]{16} (?=.)/, '');
  if (file === undefined) {
    return name.replace(/ (?:[^ ]*\/)?[^ /]+\.[^ /.:]+(?::\d+(?::\d+)?)?$/, '');
  }
  const end = name.length - /(?::\d+){0,2}$/.exec(name)[0].length;
  return file !== '' && name.slice(0, end).endsWith(` ${file}`) ? name.slice(0, end - file.length - 1) : name;
}

/* Whether a search finds a label, or the function in it: what pprof writes ends with its name. */
export function labelMatches(regexp, label, file) {
  return regexp.test(label) || regexp.test(functionName(label, file));
}

const CUT = '\u2026';

/* What ends the name of a file is no name of its own. */
const SUFFIXES = /\.(?:[cm]?[jt]sx?|py|rb|go|c|cc|cpp|cxx|h|hpp|s|rs|java|kt|php|wasm|so|dll|exe)$/i;

/* The texts from which a qualified name may be shown: "a.(*T).f", "(*T).f", "f"; "lib/x.js", "x.js". */
function nameParts(name) {
  const parts = [name];
  let depth = 0;
  let start = 0;
  if (SUFFIXES.test(name)) {
    for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      parts.push(name.slice(slash + 1));
    }
    return parts;
  }
  for (let i = 0; i < name.length - 1; i++) {
    const c = name[i];
    if ('([{<'.includes(c)) {
      depth++;
    } else if (')]}>'.includes(c)) {
      depth--;
    } else if (depth <= 0 && i > start && ((c === '.' && name[i + 1] !== '.') || (c === ':' && name[i + 1] === ':' && i + 2 < name.length))) {
      start = i + (c === '.' ? 1 : 2);
      i = start - 1;
      depth = 0;
      parts.push(name.slice(start));
    }
  }
  return parts;
}

/*
 * Fits the names of a list into given widths. What it makes up it keeps: asked again for the same
 * widths, as in each frame of an animation, it allocates nothing.
 */
export class NameFitter {
  constructor(names, measure) {
    this.names = names;
    this.measure = measure;
    this.parts = new Array(names.length);  /* texts, longest first */
    this.widths = new Array(names.length); /* of the parts */
    this.cuts = new Array(names.length);   /* by number of characters, of the last part */
    this.letters = new Map();
  }

  prepare(id) {
    const parts = nameParts(this.names[id]);
    this.parts[id] = parts;
    this.widths[id] = parts.map((part) => this.measure(part));
    this.cuts[id] = [];
  }

  widthOfLetter(letter) {
    let width = this.letters.get(letter);
    if (width === undefined) {
      width = this.measure(letter);
      this.letters.set(letter, width);
    }
    return width;
  }

  /* '' where less than two characters fit. */
  fit(id, room) {
    if (this.parts[id] === undefined) {
      this.prepare(id);
    }
    const widths = this.widths[id];
    for (let i = 0; i < widths.length; i++) {
      if (widths[i] <= room) {
        return this.parts[id][i];
      }
    }
    return this.cut(id, room);
  }

  cut(id, room) {
    const text = this.parts[id][this.parts[id].length - 1];
    const limit = Math.min(text.length, 400);
    let left = room - this.widthOfLetter(CUT);
    let n = 0;
    while (n < limit) {
      /* Both halves of a character outside of the basic plane at once. */
      const isPair = (text.charCodeAt(n) & 0xfc00) === 0xd800 && n + 1 < text.length;
      left -= isPair ? this.widthOfLetter(text.slice(n, n + 2)) : this.widthOfLetter(text[n]);
      if (left < 0) {
        break;
      }
      n += isPair ? 2 : 1;
    }
    if (n < 2) {
      return '';
    }
    const cuts = this.cuts[id];
    return cuts[n] || (cuts[n] = text.slice(0, n) + CUT);
  }
}
