// SPDX-License-Identifier: Apache-2.0
// Finds shortest routes in a random city, renders them as text, and waits a little in between, so that the wall
// profile has idle time.  usage: node main.js OUTPUT-PREFIX
'use strict';

const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const pprof = require('@datadog/pprof');

let seed = 12345;
function random() {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
}

class Heap {
  #items = [];
  get size() { return this.#items.length; }

  push(cost, node) {
    const items = this.#items;
    let i = items.push({ cost, node }) - 1;
    while (i > 0 && items[(i - 1) >> 1].cost > items[i].cost) {
      const up = (i - 1) >> 1;
      [items[i], items[up]] = [items[up], items[i]];
      i = up;
    }
  }

  pop() {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0) {
      items[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #sink(i) {
    const items = this.#items;
    for (;;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < items.length && items[child].cost < items[least].cost) least = child;
      }
      if (least === i) return;
      [items[i], items[least]] = [items[least], items[i]];
      i = least;
    }
  }
}

function buildCity(n) {
  return Array.from({ length: n }, (_, i) => ({
    name: `corner ${i}`,
    streets: Array.from({ length: 4 }, () => ({ to: Math.floor(random() * n), cost: 1 + random() * 9 })),
  }));
}

function route(city, from, to) {
  const best = new Map([[from, 0]]);
  const previous = new Map();
  const queue = new Heap();
  queue.push(0, from);
  while (queue.size > 0) {
    const { cost, node } = queue.pop();
    if (node === to) break;
    for (const street of city[node].streets) {
      const next = cost + street.cost;
      if (next < (best.get(street.to) ?? Infinity)) {
        best.set(street.to, next);
        previous.set(street.to, node);
        queue.push(next, street.to);
      }
    }
  }
  const path = [];
  for (let at = to; at !== undefined; at = previous.get(at)) path.unshift(at);
  return path;
}

function describe(city, path) {
  const words = path.map((i) => city[i].name.replace(/corner (\d+)/, (_, d) => `#${d.padStart(4, '0')}`));
  return JSON.parse(JSON.stringify({ words, length: words.length, text: words.join(' > ') }));
}

const kept = [];

async function session(name, city, rounds) {
  for (let i = 0; i < rounds; i++) {
    const from = Math.floor(random() * city.length);
    const to = Math.floor(random() * city.length);
    pprof.time.setContext({ session: name, round: i - (i % 100) });
    kept.push(describe(city, route(city, from, to)));
    if (i % 25 === 0) await sleep(15);
  }
}

async function main() {
  const prefix = process.argv[2];
  pprof.heap.start(32 * 1024, 64);
  pprof.time.start({ durationMillis: 60000, intervalMicros: 2000, withContexts: true });
  const city = buildCity(4000);
  await Promise.all([session('east', city, 400), session('west', city, 400)]);
  const wall = pprof.time.stop(false, ({ context }) => context?.context ?? {});
  const heap = pprof.heap.profile();
  fs.writeFileSync(`${prefix}-wall.pb.gz`, await pprof.encode(wall));
  fs.writeFileSync(`${prefix}-heap.pb.gz`, await pprof.encode(heap));
}

main();
