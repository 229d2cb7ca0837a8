#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes other/jemalloc-heap.prof. Needs cc and a jemalloc built with profiling.  usage: make.sh [output-folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../..}" && pwd)
work=/tmp/cpa-recipes/jemalloc
rm -rf "$work" && mkdir -p "$work"
cp "$here/main.c" "$work"
cd "$work"
cc -std=gnu11 -O1 -g -fno-omit-frame-pointer -Wall -Wextra -o trie main.c -ljemalloc
MALLOC_CONF=prof:true,prof_final:true,prof_accum:true,lg_prof_sample:16,prof_prefix:trie ./trie
cp trie.*.f.heap "$out/other/jemalloc-heap.prof"
