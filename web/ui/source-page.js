/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source and Disassemble: the lines or instructions of the functions that match, with flat and cum.
 * Lines far from any weight are folded; a click on a fold or a routine opens it, one on a source line
 * shows its instructions.
 */
import { ask } from './api.js';
import { h, replace } from './dom.js';
import { emptyError } from './flame-load.js';
import { regexpField } from './peek-page.js';
import { runUnlessNewTab } from './menus.js';
import { functionName } from './names.js';
import { regexpOfNames } from './regexps.js';
import { formatValue, plural, valueAndShare } from './values.js';
import { go, state } from './url.js';

const AROUND = 3;
const MAX_ROUTINES = 60;

/* Routines as below from the rows of the table: list, weblist, disasm */
function readTable(rows, format) {
  const weight = (value) => (value === 0 ? '' : formatValue(value, format));
  const place = (one) => (one.file ? `${one.file.replace(/.*\//, '')}${one.line ? `:${one.line}` : ''}` : '');
  const instruction = (one) => ({
    flat: weight(one.flat), cum: weight(one.cum), label: one.address.replace(/^0x/, ''), text: one.text || '',
    note: [...new Set([...(one.calls || []).map((call) => call.replace(/.*\//, '')), place(one)])].filter(Boolean).join(' \u203a ')
  });
  return rows.map((row) => ({
    name: row.name, file: row.file || row.binary || '', flat: formatValue(row.flat, format), cum: formatValue(row.cum, format),
    share: row.cum_percent === null ? '' : `${row.cum_percent.toFixed(2)}%`,
    notes: [row.problem, row.inlined_into ? `inlined into ${row.inlined_into}` : ''].filter(Boolean),
    lines: row.lines.map((line) => (line.address !== undefined ? instruction(line) : {
      flat: weight(line.flat), cum: weight(line.cum), label: String(line.line), text: line.text === null ? '' : line.text, asm: (line.asm || []).map(instruction)
    }))
  }));
}

/*
 * [{ name, file, flat, cum, share, notes, lines: [{ flat, cum, label, text, note, asm }] }] from the
 * text of the report
 */
function readListing(text) {
  const routines = [];
  let routine = null;
  for (const line of text.split('\n')) {
    const head = /^ROUTINE =+ (.*?)(?: in (.*))?$/.exec(line);
    if (head) {
      routine = { name: head[1], file: head[2] || '', flat: '', cum: '', share: '', lines: [], notes: [] };
      routines.push(routine);
      continue;
    }
    if (routine === null) {
      continue;
    }
    const sums = /^\s*(\S+)\s+(\S+) \(flat, cum\)\s+(\S+)(?: of Total)?/.exec(line);
    if (sums && routine.cum === '') {
      [, routine.flat, routine.cum, routine.share] = sums;
      continue;
    }
    const row = /^\s*(\S+)\s+(\S+)\s+([0-9a-f]+):(.*)$/.exec(line);
    if (row) {
      routine.lines.push({ flat: row[1] === '.' ? '' : row[1], cum: row[2] === '.' ? '' : row[2], label: row[3], text: row[4] });
    } else if (line.trim() !== '') {
      routine.notes.push(line.trim());
    }
  }
  return routines;
}

class SourcePage {
  constructor(page, name) {
    this.page = page;
    this.name = name;
    this.isSource = name === 'source';
    this.tools = h('div.tools');
    this.content = h('div.source', { tabindex: '0', role: 'region', 'aria-label': this.isSource ? 'Source' : 'Disassembly' });
    this.element = h('div.text-page', null, this.tools, this.content);
    this.found = [];
    this.at = -1;
  }

  async show(now, before, signal) {
    replace(this.tools, regexpField(this.isSource ? 'Functions whose source to show (regexp)' : 'Functions to disassemble (regexp)'),
      h('span.hint', null, this.isSource ? 'A click on a line with \u25b8 shows its instructions, on a fold its lines.' : 'A click on a heading or a fold opens it.'));
    this.found = [];
    if (now.get('f') === '') {
      await this.suggest(now, signal);
      return;
    }
    let answer;
    try {
      answer = await ask(this.isSource ? 'source' : 'disasm', now.query(true), { signal, fresh: true });
    } catch (error) {
      if (error.name === 'AbortError') {
        throw error;
      }
      this.explain(error.message);
      return;
    }
    if (answer.empty) {
      throw emptyError(answer);
    }
    this.head = answer;
    const routines = answer.table ? readTable(answer.table.rows, answer.format) : readListing(answer.text || '');
    if (routines.length === 0) {
      this.explain(answer.text || 'Nothing to show.');
      return;
    }
    replace(this.content, answer.messages.map((text) => h('p.warning', null, text)),
      routines.slice(0, MAX_ROUTINES).map((routine, i) => this.routine(routine, i < 3)),
      routines.length > MAX_ROUTINES ? h('p.hint', null, `${plural(routines.length - MAX_ROUTINES, 'more function')}: narrow the regexp down.`) : null);
  }

  explain(message) {
    replace(this.content, h('div.notice', { role: 'status' },
      h('p', null, h('b', null, this.isSource ? 'No source to show.' : 'No disassembly to show.')), h('p', null, message),
      h('p.muted', null, this.isSource ? 'Sources are looked for under the names that the profile has; the option source_path adds places, trim_path cuts prefixes.' : 'Instructions are read from the binaries that the profile names; they have to be on this machine.')));
  }

  /* Without a regexp: the functions most worth a look. */
  async suggest(now, signal) {
    const top = await ask('top', now.query(true), { signal });
    if (top.empty) {
      throw emptyError(top);
    }
    const order = top.rows.name.map((name, i) => i).sort((a, b) => top.rows.flat[b] - top.rows.flat[a]).slice(0, 25);
    replace(this.content, h('div.suggest', null, h('h2', null, this.isSource ? 'Whose source?' : 'Which function?'),
      h('ol', null, order.map((i) => {
        const next = state.with({ f: regexpOfNames([functionName(top.rows.name[i], top.rows.file[i])]) });
        return h('li', null, h('a', { href: next.href(), onclick: (event) => runUnlessNewTab(event, () => go(next)) }, top.rows.name[i]), ' ', h('span.muted', null, valueAndShare(top.rows.flat[i], top.total, top)));
      }))));
  }

  routine(routine, isOpen) {
    const lines = this.foldLines(routine.lines);
    const details = h('details.routine', { open: isOpen },
      h('summary', null, h('b', null, routine.name), h('span.muted', null, routine.file), h('span.routine-sums', null, `flat ${routine.flat}, cum ${routine.cum}${routine.share ? ` (${routine.share})` : ''}`)),
      routine.notes.map((text) => h('p.warning', null, text)),
      lines.length === 0 ? null : h('div.code', { role: 'table', 'aria-label': routine.name },
        h('div.code-line.code-head', { role: 'row' }, ['flat', 'cum', this.isSource ? 'line' : 'address', this.isSource ? 'source' : 'instruction'].map((text) => h('span', { role: 'columnheader' }, text))),
        lines));
    return details;
  }

  /* Rows; those far from a weight are made when their fold is opened. */
  foldLines(lines) {
    const near = new Uint8Array(lines.length);
    lines.forEach((line, i) => {
      if (line.cum !== '' || line.flat !== '') {
        near.fill(1, Math.max(0, i - AROUND), i + AROUND + 1);
      }
    });
    const rows = [];
    for (let i = 0; i < lines.length;) {
      let end = i;
      while (end < lines.length && near[end] === near[i]) {
        end++;
      }
      if (near[i] === 1 || end - i < 3) {
        rows.push(...lines.slice(i, end).map((line) => this.line(line)));
      } else {
        rows.push(this.fold(lines.slice(i, end)));
      }
      i = end;
    }
    return rows;
  }

  fold(lines) {
    const button = h('button.fold', { type: 'button', 'aria-expanded': 'false', onclick: () => button.replaceWith(...lines.map((line) => this.line(line))) }, `\u22ef ${plural(lines.length, 'line')} without weight`);
    return button;
  }

  line(line) {
    const hot = line.cum !== '' || line.flat !== '';
    const opens = line.asm && line.asm.length > 0;
    const label = opens ? h('button.unfold', { type: 'button', 'aria-expanded': 'false', title: 'Instructions of this line' }, line.label) : line.label;
    const element = h('div.code-line', { role: 'row', class: hot ? 'hot' : '' },
      h('span', { role: 'cell' }, line.flat), h('span', { role: 'cell' }, line.cum), h('span', { role: 'cell' }, label),
      h('code', { role: 'cell' }, line.text, line.note ? h('span.muted', null, `  ; ${line.note}`) : null));
    if (opens) {
      element.classList.add('opens');
      element.addEventListener('click', () => this.unfold(element, label, line.asm));
    }
    this.found.push({ element, text: line.text });
    return element;
  }

  /* Shows the instructions of a line below it, or takes them away. */
  unfold(element, button, asm) {
    const isOpen = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!isOpen));
    if (!isOpen) {
      const rows = asm.map((one) => this.line(one));
      rows.forEach((row) => row.classList.add('asm'));
      element.after(...rows);
      return;
    }
    while (element.nextElementSibling && element.nextElementSibling.classList.contains('asm')) {
      element.nextElementSibling.remove();
    }
  }

  search(regexp) {
    let hits = 0;
    for (const { element, text } of this.found) {
      const isHit = regexp !== null && regexp.test(text);
      hits += isHit ? 1 : 0;
      element.classList.toggle('hit', isHit);
    }
    this.at = -1;
    return regexp === null ? '' : hits === 0 ? 'no match' : plural(hits, 'line');
  }

  next(step) {
    const hits = this.found.filter(({ element }) => element.classList.contains('hit'));
    if (hits.length > 0) {
      this.at = (this.at + step + hits.length * 2) % hits.length;
      hits[this.at].element.scrollIntoView({ block: 'center' });
    }
  }
}

export function create(page, name) {
  return new SourcePage(page, name);
}
