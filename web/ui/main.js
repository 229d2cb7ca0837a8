// SPDX-License-Identifier: Apache-2.0
// The heaviest functions of the profile, as a list.
const app = document.getElementById('app');
const answer = await fetch(`../api/top${location.search}`);
const top = await answer.json();
const title = document.createElement('h1');
title.textContent = top.error ?? top.message ?? `${top.file} ${top.type}`;
app.append(title);
const list = document.createElement('ol');
for (const name of (top.rows?.name ?? []).slice(0, 500)) {
    const row = document.createElement('li');
    row.textContent = name;
    list.append(row);
}
app.append(list);
