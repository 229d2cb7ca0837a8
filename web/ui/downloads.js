/* SPDX-License-Identifier: Apache-2.0 */
/* What can be taken away: the profile as it came, or what is shown, in several formats. */
import { state } from './url.js';

/* Views without a picture of their own offer that of the call graph. */
const PICTURES = ['flamegraph', 'sandwich', 'graph', 'diff'];
const TEXTS = { flamegraph: 'stacks', sandwich: 'stacks', graph: 'tree', peek: 'callers and callees', source: 'source' };

function formats(view) {
  const picture = PICTURES.includes(view) ? 'Picture' : 'Picture of the call graph';
  return [
    ['pb.gz', 'Profile with these filters', '.pb.gz'],
    ['svg', picture, 'SVG'],
    ['png', picture, 'PNG'],
    view === 'source' ? ['html', 'Page of source and instructions', 'HTML'] : ['html', 'Page that works offline', 'HTML'],
    ['txt', `Text, ${TEXTS[view] || 'as shown'}`, 'text'],
    ['folded', 'Folded stacks', 'text'],
    ['json', 'Data of this view', 'JSON']
  ];
}

function hrefOf(format) {
  return `../api/download${state.query(true, { view: state.view, format })}`;
}

export function downloadItems() {
  return [
    { text: 'Whole profile', hint: '.pb.gz', href: 'download', download: 'profile.pb.gz' },
    { line: true },
    ...formats(state.view).map(([format, text, hint]) => ({ text, hint, href: hrefOf(format), download: '' }))
  ];
}
