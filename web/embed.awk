# SPDX-License-Identifier: Apache-2.0
#
# awk -f embed.awk FILE...: C source with the text of each file; see src/render/webfiles.h.
# GResource would do the same with libgio, which costs every start of the program two milliseconds.
function finish() {
    if (name != "") {
        print "    \"\";"
    }
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

{
    gsub(/\\/, "&&")
    gsub(/["?]/, "\\\\&")
    gsub(/\t/, "\\t")
    print "    \"" $0 "\\n\""
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
