/* SPDX-License-Identifier: Apache-2.0 */
/* example REGEXP PROFILE PROFILE: what two runs together spend in the functions that match. */
#include <inttypes.h>
#include <stdio.h>

#include <cpa/cpa.h>

/* One line per sample: the functions of its stack, root first, then its value. */
static void print_stacks(const CpaProfile *profile)
{
    size_t type = cpa_profile_default_sample_type(profile);
    g_autoptr(CpaWalk) walk = cpa_walk_new(profile);
    while (cpa_walk_next(walk)) {
        for (size_t i = cpa_walk_n_frames(walk); i > 0; i--) {
            printf("%s%s", cpa_walk_function(walk, i - 1), i > 1 ? ";" : "");
        }
        printf(" %" PRId64 "\n", cpa_walk_value(walk, type));
    }
}

static bool show(const char *regexp, const char *file_1, const char *file_2, GError **error)
{
    g_autoptr(CpaProfile) first = cpa_profile_load_file(file_1, error);
    g_autoptr(CpaProfile) second = first != NULL ? cpa_profile_load_file(file_2, error) : NULL;
    if (second == NULL) {
        return false;
    }
    CpaProfile *const both[] = {first, second};
    g_autoptr(CpaProfile) sum = cpa_profile_merge(both, 2, error);
    g_autoptr(CpaSettings) settings = cpa_settings_new();
    if (sum == NULL || !cpa_settings_set(settings, "focus", regexp, error) ||
        !cpa_settings_set(settings, "sort", "cum", error)) {
        return false;
    }
    g_autofree char *top = cpa_report_to_string(sum, "top", NULL, settings, error);
    g_autoptr(CpaProfile) rest = top != NULL ? cpa_profile_filter(sum, settings, error) : NULL;
    if (rest == NULL) {
        return false;
    }
    printf("%s\n", top);
    print_stacks(rest);
    return true;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 4 || !show(argv[1], argv[2], argv[3], &error)) {
        fprintf(stderr, "example: %s\n", argc != 4 ? "REGEXP PROFILE PROFILE" : error->message);
        return 1;
    }
    return 0;
}
