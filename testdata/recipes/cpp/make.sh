#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes the cpp-* profiles. Needs g++ and gperftools (Debian: libgoogle-perftools-dev).  usage: make.sh [output-folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../..}" && pwd)
work=/tmp/cpa-recipes/cpp
rm -rf "$work" && mkdir -p "$work"
cp "$here/main.cc" "$work"
cd "$work"
g++ -std=c++17 -O1 -g -fno-omit-frame-pointer -Wall -Wextra -o indexer main.cc -ltcmalloc -lprofiler -lpthread
CPUPROFILE_FREQUENCY=250 ./indexer cpu cpu.prof
./indexer heap heap
TCMALLOC_SAMPLE_PARAMETER=65536 ./indexer sample tcmalloc
cp cpu.prof "$out/cpp-cpu.prof"
cp heap.0001.heap "$out/cpp-heap.prof"
cp tcmalloc.heap "$out/cpp-heap-sample.prof"
cp tcmalloc.growth "$out/cpp-growth.prof"

# The same CPU profile with symbols, as pprof writes it: C++ names, inlined frames, source lines.
if command -v pprof >/dev/null; then
    pprof -symbolize=local:demangle=full -proto -output="$out/cpp-cpu-symbols.pb.gz" indexer cpu.prof
fi
