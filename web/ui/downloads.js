/* SPDX-License-Identifier: Apache-2.0 */
/* What can be taken away: the profile as it came, or what is shown, in several formats. */
import { state } from './url.js';

const FORMATS = [
  ['pb.gz', 'Profile with these filters', '.pb.gz'],
  ['svg', 'Picture', 'SVG'],
  ['png', 'Picture', 'PNG'],
  ['html', 'Page that works offline', 'HTML'],
  ['folded', 'Folded stacks', 'text'],
  ['json', 'Data of this view', 'JSON']
];

function hrefOf(format) {
  return `../api/download${state.query(true, { view: state.view, format, p: state.get('p'), fn: state.get('fn') })}`;
}

export function downloadItems() {
  return [
    { text: 'Whole profile', hint: '.pb.gz', href: 'download', download: 'profile.pb.gz' },
    { line: true },
    ...FORMATS.map(([format, text, hint]) => ({ text, hint, href: hrefOf(format), download: '' }))
  ];
}
