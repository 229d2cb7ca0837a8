# SPDX-License-Identifier: Apache-2.0
# Folds `perf script` output: a header line, one indented line per frame (leaf first), a blank line.
/^[^ \t]/ || /^ +[^ ]+ +[0-9]+\/[0-9]+/ {
    comm = $1
    stack = ""
    next
}
NF >= 2 {
    frame = $2
    if (frame == "[unknown]") {
        frame = $NF # the mapping, in parentheses
        gsub(/^\(.*\/|^\(?\[?|\]?\)$/, "", frame)
        frame = "[" frame "]"
    }
    stack = ";" frame stack
}
NF == 0 && stack != "" {
    count[comm stack]++
    stack = ""
}
END {
    for (s in count) {
        print s, count[s] | "LC_ALL=C sort"
    }
}
