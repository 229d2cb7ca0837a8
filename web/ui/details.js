/* SPDX-License-Identifier: Apache-2.0 */
/* The box with what is known of the profile. */
import { byId, h, replace } from './dom.js';
import { formatValue, plural } from './values.js';

export function toggleDetails(profile, show) {
  const box = byId('details');
  box.hidden = show === undefined ? !box.hidden : !show;
  byId('title').setAttribute('aria-expanded', String(!box.hidden));
  if (!box.hidden) {
    fillDetails(profile);
  }
}

export function fillDetails(profile) {
  const box = byId('details');
  if (box.hidden || !profile) {
    return;
  }
  const line = (text) => {
    const at = text.indexOf(': ');
    return at > 0 ? [h('dt', null, text.slice(0, at)), h('dd', null, text.slice(at + 2))] : h('dd.whole', null, text);
  };
  const known = new Set(profile.header.map((text) => text.split(':')[0]));
  replace(box,
    h('dl', null, profile.header.map(line),
      known.has('Type') ? null : line(`Type: ${profile.type}`),
      line(`Total: ${formatValue(profile.total, profile.format)}`),
      line(`Samples: ${plural(profile.samples, 'stack')}`),
      profile.filters.map((text) => line(`Filter: ${text}`))),
    profile.messages.map((text) => h('p.warning', null, text)),
    /^https?:\/\//.test(profile.doc_url) ? h('p', null, h('a', { href: profile.doc_url, target: '_blank', rel: 'noopener noreferrer' }, 'About this profile')) : null,
    h('p.muted', null, `cpa ${profile.version}`));
}
