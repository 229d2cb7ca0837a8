#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes rust-cpu.pb (not compressed, as the crate writes it). Needs cargo.  usage: make.sh [output-folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../..}" && pwd)
work=/tmp/cpa-recipes/rust
mkdir -p "$work/src"
cp "$here/Cargo.toml" "$work"
cp "$here/src/main.rs" "$work/src"
cd "$work"
# Source paths inside the profile: no home folders.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="--remap-path-prefix=$cargo_home=cargo --remap-path-prefix=$work=shapes"
cargo build --release --quiet
./target/release/shapes rust-cpu.pb
cp rust-cpu.pb "$out/rust-cpu.pb"
