# SPDX-License-Identifier: Apache-2.0
#
# awk -f embed.awk FILE...: C source with the text of each file; see src/render/webfiles.h. A line
# /* include PATH */ is replaced by that module, which becomes a part of a script.
# GResource would do the same with libgio, which costs every start of the program two milliseconds.
function finish() {
    if (name != "") {
        print "    \"\";"
    }
}

function put(line) {
    gsub(/\\/, "&&", line)
    gsub(/["?]/, "\\\\&", line)
    gsub(/\t/, "\\t", line)
    print "    \"" line "\\n\""
}

BEGIN {
    print "/* Made by web/embed.awk. */"
    print "#include \"render/webfiles.h\"\n"
    print "#include <glib.h>"
    print "#include <string.h>\n"
}

FNR == 1 {
    finish()
    name = FILENAME
    sub(/.*\//, "", name)
    names[++n] = name
    printf "static const char file_%d[] =\n", n
}

/^\/\* include .* \*\/$/ {
    path = FILENAME
    sub(/[^\/]*$/, "", path)
    path = path $3
    while ((getline line < path) > 0) {
        if (line !~ /^import /) {
            sub(/^export /, "", line)
            put(line)
        }
    }
    close(path)
    next
}

{
    put($0)
}

END {
    finish()
    print "\nconst char *cpa_web_file(const char *name)\n{"
    for (i = 1; i <= n; i++) {
        print "    if (strcmp(name, \"" names[i] "\") == 0) {"
        print "        return file_" i ";\n    }"
    }
    print "    g_assert_not_reached();\n}"
}
