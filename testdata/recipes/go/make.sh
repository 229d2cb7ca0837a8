#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes the go-* profiles. Needs Go 1.26 or later.  usage: make.sh [output-folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../..}" && pwd)
work=/tmp/cpa-recipes/go
rm -rf "$work" && mkdir -p "$work/new" "$work/old"
cd "$here"
GOWORK=off CGO_ENABLED=0 go build -trimpath -o "$work/shop" .
GOWORK=off CGO_ENABLED=0 go build -trimpath -tags old -o "$work/shop-old" .
export GOMAXPROCS=2
cd "$work"
./shop -dir new -all
./shop-old -dir old

cp new/cpu.pb.gz "$out/go-cpu.pb.gz"
cp old/cpu.pb.gz "$out/go-cpu-old.pb.gz"
cp new/heap.pb.gz "$out/go-heap.pb.gz"
cp old/heap.pb.gz "$out/go-heap-old.pb.gz"
for kind in allocs mutex block goroutine threadcreate; do
    cp "new/$kind.pb.gz" "$out/go-$kind.pb.gz"
done
for kind in heap mutex block goroutine threadcreate; do
    cp "new/$kind.txt" "$out/go-$kind.txt"
done
cp new/goroutine-debug2.txt "$out/bad/goroutine-debug2.txt"

# The newer side of the diff pair is a run of its own, so that it differs from go-cpu.pb.gz.
mkdir -p new2
./shop -dir new2
cp new2/cpu.pb.gz "$out/go-cpu-new.pb.gz"
cp new2/heap.pb.gz "$out/go-heap-new.pb.gz"
