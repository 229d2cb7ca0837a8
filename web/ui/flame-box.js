/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a box: in the tooltip, in the line below the graph, to a screen reader. */
import { MORE, ROOT } from './flame-model.js';
import { byId, h, replace } from './dom.js';
import { formatDelta, formatRatio, formatValue, plural, valueAndShare } from './values.js';

export function nameOf(part, box) {
  const frame = part.model.frame[box];
  if (frame >= 0) {
    return part.model.frames.name[frame];
  }
  return frame === ROOT ? part.rootText : moreText(part, box);
}

/* Without the file that granularity puts behind the name: it has a line of its own. */
function titleOf(part, box) {
  const name = nameOf(part, box);
  const frame = part.model.frame[box];
  const file = frame >= 0 ? part.model.frames.file[frame] : '';
  return file !== '' && name.endsWith(` ${file}`) ? name.slice(0, -file.length - 1) : name;
}

export function moreText(part, box) {
  return `+${part.model.weight(box).count.toLocaleString('en')} more`;
}

/* The function of a box as filters want it, or ''. */
export function functionOf(part, box) {
  const frame = part.model.frame[box];
  return frame >= 0 ? part.model.frames.functionName[frame] : '';
}

/* [text, kind], the name first. */
export function describe(part, box) {
  const { model, head } = part;
  const weight = model.weight(box);
  const frame = model.frame[box];
  const lines = [[titleOf(part, box), 'strong']];
  if (model.compares) {
    lines.push([`base ${formatValue(weight.base, head.format)} \u2192 new ${formatValue(weight.value, head.format)}`, '']);
    lines.push([`${formatDelta(weight.value - weight.base, head.format)}, ${formatRatio(weight.base, weight.value)}`, '']);
    if (weight.self !== 0 || weight.baseSelf !== 0) {
      lines.push([`self ${formatValue(weight.baseSelf, head.format)} \u2192 ${formatValue(weight.self, head.format)}`, 'weak']);
    }
  } else {
    lines.push([valueAndShare(weight.value, head.total, head) + (weight.self !== 0 && frame !== MORE ? `, self ${valueAndShare(weight.self, head.total, head)}` : ''), '']);
  }
  if (frame >= 0) {
    const { frames } = model;
    const everywhere = frames.cum[frame];
    if (!model.compares && !head.mean && everywhere !== weight.value) {
      lines.push([`everywhere ${valueAndShare(everywhere, head.total, head)}, self ${valueAndShare(frames.self[frame], head.total, head)}`, 'weak']);
    }
    const where = [frames.file[frame], frames.pkg[frame] && !frames.name[frame].startsWith(frames.pkg[frame]) ? frames.pkg[frame] : '', frames.isInline[frame] ? 'inlined' : ''].filter(Boolean);
    if (where.length > 0) {
      lines.push([where.join(' \u00b7 '), 'weak']);
    }
  } else if (frame === MORE) {
    lines.push([`${plural(weight.count, 'function')} too narrow to show; click to open`, 'weak']);
  }
  return lines;
}

/* --- Tooltip ------------------------------------------------------------------------------------ */

let tip = null;

export function showTip(lines, x, y) {
  if (tip === null) {
    tip = h('div.tip', { id: 'tip', 'aria-hidden': 'true' });
    document.body.append(tip);
  }
  replace(tip, lines.map(([text, kind]) => h('div', { class: kind }, text.length > 600 ? text.slice(0, 600) + '\u2026' : text)));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = Math.max(4, Math.min(x + 14, window.innerWidth - box.width - 6));
  const top = y + 20 + box.height > window.innerHeight ? Math.max(4, y - box.height - 10) : y + 20;
  tip.style.setProperty('left', `${left}px`);
  tip.style.setProperty('top', `${top}px`);
}

export function hideTip() {
  if (byId('tip')) {
    tip.hidden = true;
  }
}
