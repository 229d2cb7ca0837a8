/* SPDX-License-Identifier: Apache-2.0 */
/* Values as texts, by the units that the server names: format = { ratio, steps: [[unit, size]] }. */

const COUNTED = ['count', 'counts', 'sample', 'samples', 'unit', 'units'];

/* "1.25s"; the rules are those of the text reports. */
export function formatValue(value, format) {
  const size = Math.abs(Math.trunc(value * format.ratio));
  const sign = value < 0 ? '-' : '';
  if (size === 0) {
    return '0';
  }
  const steps = format.steps;
  let step = steps.length > 0 ? steps[0] : ['', 1];
  for (const candidate of steps) {
    if (size >= candidate[1]) {
      step = candidate;
    }
  }
  const text = fixed2(size / step[1]).replace(/\.00$/, '');
  return sign + (text === '0.00' ? '0' : text) + (COUNTED.includes(step[0]) ? '' : step[0]);
}

/* Two decimals; of two that are equally near the even one, as printf chooses. */
function fixed2(value) {
  const eighths = value % 1 * 8;
  return (eighths === 1 || eighths === 5 ? Math.floor(value * 100) / 100 : value).toFixed(2);
}

export function formatShare(value, total) {
  if (!total) {
    return '';
  }
  const percent = Math.abs(value / total * 100);
  const text = percent >= 99.95 && percent <= 100.05 ? '100' : percent >= 1 ? percent.toFixed(1) : percent === 0 ? '0' : percent.toPrecision(2);
  return text + '%';
}

export function formatDelta(delta, format) {
  return (delta > 0 ? '+' : delta < 0 ? '\u2212' : '') + formatValue(Math.abs(delta), format);
}

export function formatRatio(base, now) {
  return base === now ? 'same' : base === 0 ? 'new' : now === 0 ? 'gone' : (now / base).toFixed(2) + '\u00d7';
}

/* "1.2s (3%)"; means have no share. */
export function valueAndShare(value, total, head) {
  return formatValue(value, head.format) + (head.mean || !total ? '' : ` (${formatShare(value, total)})`);
}

export function plural(n, one, many) {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many || one + 's'}`;
}
