#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Remakes the java-* profiles with async-profiler from Maven Central. Needs JDK 17, mvn, unzip.  usage: make.sh [output-folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../..}" && pwd)
work=/tmp/cpa-recipes/java
version=4.0
mkdir -p "$work"
cp "$here/Ledger.java" "$work"
cd "$work"
[ -f "lib/async-profiler-$version.jar" ] ||
    mvn -q dependency:copy -Dartifact=tools.profiler:async-profiler:$version:jar -DoutputDirectory="$work/lib"
case $(uname -m) in aarch64) arch=linux-arm64 ;; *) arch=linux-x64 ;; esac
unzip -q -o -j "lib/async-profiler-$version.jar" "$arch/libasyncProfiler.so"
javac -d . Ledger.java
# itimer and not cpu: needs no perf events. Only the first JIT compiler: its own stacks would fill the file.
run() {
    java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -agentpath:./libasyncProfiler.so=start,"$1",collapsed,file="$2" Ledger
}
run event=itimer,interval=40ms,threads,simple java-cpu.folded
run event=alloc,alloc=8m,total java-alloc.folded
run event=lock,lock=1ms,total java-lock.folded
cp java-cpu.folded java-alloc.folded java-lock.folded "$out"
