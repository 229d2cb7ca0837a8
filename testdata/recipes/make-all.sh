#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes every profile; goes on where a profiler is missing. Golden tests depend on the stored bytes: remake into a
# folder of your own first.  usage: make-all.sh OUTPUT-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: make-all.sh OUTPUT-FOLDER}/bad" "$1/odd" "$1/other"
out=$(cd "$1" && pwd)
skipped=
for name in go cpp rust node python java jemalloc perf; do
    "$here/$name/make.sh" "$out" || skipped="$skipped $name"
done
# The damaged files are cut from the go-* and cpp-* profiles.
"$here/bad/make.py" "$out"
echo "done; skipped:${skipped:- none}"
