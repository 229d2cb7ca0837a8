#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes perf.folded: Linux perf on the program of recipes/jemalloc (run that first), folded by fold.awk.
# Needs perf.  usage: make.sh [output-folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../..}" && pwd)
work=/tmp/cpa-recipes/perf
rm -rf "$work" && mkdir -p "$work"
cd "$work"
perf record -q -e cpu-clock -F 9999 --call-graph dwarf,4096 -o perf.data ../jemalloc/trie
perf script -i perf.data -F comm,pid,tid,time,event,ip,sym,dso | awk -f "$here/fold.awk" >perf.folded
cp perf.folded "$out"
