#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes the node-* profiles. Needs node and npm.  usage: make.sh [output-folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../..}" && pwd)
work=/tmp/cpa-recipes/node
mkdir -p "$work"
cp "$here/package.json" "$here/main.js" "$work"
cd "$work"
npm install --silent --no-audit --no-fund
node main.js node
cp node-wall.pb.gz node-heap.pb.gz "$out"
