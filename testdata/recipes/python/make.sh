#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes python.folded. Needs Python 3.11 with venv; py-spy must be allowed to ptrace.  usage: make.sh [output-folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../..}" && pwd)
work=/tmp/cpa-recipes/python
mkdir -p "$work"
cp "$here/main.py" "$work"
cd "$work"
[ -x venv/bin/py-spy ] || { python3 -m venv venv && venv/bin/pip install --quiet py-spy==0.4.3; }
venv/bin/py-spy record --format raw --threads --rate 200 --output python.folded -- venv/bin/python main.py
cp python.folded "$out"
