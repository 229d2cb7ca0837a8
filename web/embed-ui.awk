# SPDX-License-Identifier: Apache-2.0
#
# awk -f embed-ui.awk FILE...: C source with the table of the files of web/ui; see src/web/uifiles.h.
# Names are what follows "ui/"; lines end in one newline each, whatever the last one did.
BEGIN {
    print "/* Made by web/embed-ui.awk. */"
    print "#include \"web/uifiles.h\"\n"
    print "#include <string.h>"
}

FNR == 1 {
    if (n > 0) {
        print "    \"\";"
    }
    name = FILENAME
    sub(/.*\/ui\//, "", name)
    names[++n] = name
    printf "\nstatic const char file_%d[] =\n", n
}

{
    gsub(/\\/, "&&")
    gsub(/["?]/, "\\\\&")
    gsub(/\t/, "\\t")
    print "    \"" $0 "\\n\""
}

END {
    print "    \"\";\n\nstatic const CpaUiFile files[] = {"
    for (i = 1; i <= n; i++) {
        printf "    {\"%s\", file_%d, sizeof file_%d - 1},\n", names[i], i, i
    }
    print "};\n\nconst CpaUiFile *cpa_ui_file_find(const char *name)\n{"
    print "    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {"
    print "        if (strcmp(files[i].name, name) == 0) {"
    print "            return &files[i];\n        }\n    }\n    return NULL;\n}"
}
