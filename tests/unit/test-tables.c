/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables everything else is built on: strings, sequences, id maps and vectors. What they
 * answer for random keys is compared with a GHashTable, past several rehashes.
 */
#include <glib.h>
#include <string.h>

#include "base/idmap.h"
#include "base/seqtab.h"
#include "base/strtab.h"
#include "base/vec.h"

enum { N_RANDOM = 200000 };

static CpaStrId intern(CpaStrtab *tab, const char *text)
{
    return cpa_strtab_intern(tab, text, strlen(text));
}

static CpaStrId find(const CpaStrtab *tab, const char *text)
{
    return cpa_strtab_find(tab, text, strlen(text));
}

static void assert_string(const CpaStrtab *tab, CpaStrId id, const char *bytes, size_t len)
{
    g_assert_cmpmem(cpa_strtab_get(tab, id), cpa_strtab_len(tab, id), bytes, len);
    g_assert_cmpint(cpa_strtab_get(tab, id)[len], ==, '\0');
}

/* --- Strings ---------------------------------------------------------------------------------- */

static void test_strings(void)
{
    g_autoptr(CpaStrtab) tab = cpa_strtab_new(NULL);
    g_assert_cmpuint(cpa_strtab_count(tab), ==, 1);
    assert_string(tab, 0, "", 0);
    g_assert_cmpuint(intern(tab, ""), ==, 0);
    g_assert_cmpuint(find(tab, ""), ==, 0);
    g_assert_cmpuint(find(tab, "a"), ==, UINT32_MAX);

    /* Bytes, not text: NULs count, and what follows the length does not. */
    static const struct {
        const char *bytes;
        size_t len;
    } strings[] = {
        {"a", 1},         {"ab", 2},          {"\0", 1},        {"\0\0", 2},
        {"a\0", 2},       {"a\0b", 3},        {"12345678", 7},  {"12345678", 8},
        {"123456789", 9}, {"12345678\0", 9},  {"\xff\xfe", 2},  {"\0\0\0\0\0\0\0\0", 8},
        {"1234567\0", 8}, {"abcdefghabc", 8}, {"abcdefghx", 9},
    };
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < G_N_ELEMENTS(strings); i++) {
            CpaStrId id = cpa_strtab_intern(tab, strings[i].bytes, strings[i].len);
            g_assert_cmpuint(id, ==, i + 1);
            g_assert_cmpuint(cpa_strtab_find(tab, strings[i].bytes, strings[i].len), ==, id);
            assert_string(tab, id, strings[i].bytes, strings[i].len);
        }
    }
    g_assert_cmpuint(cpa_strtab_count(tab), ==, G_N_ELEMENTS(strings) + 1);
}

static void test_string_order(void)
{
    /* In order; a prefix comes first, bytes are unsigned. */
    static const char *const sorted[] = {"", "A", "B", "a", "aa", "ab", "b", "\x7f", "\x80"};
    g_autoptr(CpaStrtab) base = cpa_strtab_new(NULL);
    for (size_t i = G_N_ELEMENTS(sorted); i > G_N_ELEMENTS(sorted) / 2; i--) {
        intern(base, sorted[i - 1]);
    }
    g_autoptr(CpaStrtab) tab = cpa_strtab_new(base);
    for (size_t i = 0; i < G_N_ELEMENTS(sorted); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(sorted); k++) {
            int order = cpa_strtab_compare(tab, intern(tab, sorted[i]), intern(tab, sorted[k]));
            g_assert_cmpint((order > 0) - (order < 0), ==, (i > k) - (i < k));
        }
    }
    int order = cpa_strtab_compare(tab, cpa_strtab_intern(tab, "a\0", 2), intern(tab, "a"));
    g_assert_cmpint(order, >, 0);
}

/* Larger than a chunk, exactly one, and small ones around them. */
static void test_long_strings(void)
{
    static const size_t lens[] = {5, 64 * 1024, 64 * 1024 - 1, 1, 300 * 1024, 64 * 1024 - 2, 2};
    g_autoptr(CpaStrtab) tab = cpa_strtab_new(NULL);
    const char *kept[G_N_ELEMENTS(lens)];
    for (size_t i = 0; i < G_N_ELEMENTS(lens); i++) {
        g_autofree char *text = g_strnfill(lens[i], (char)('a' + i));
        g_assert_cmpuint(cpa_strtab_intern(tab, text, lens[i]), ==, i + 1);
        kept[i] = cpa_strtab_get(tab, (CpaStrId)i + 1);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lens); i++) {
        g_autofree char *text = g_strnfill(lens[i], (char)('a' + i));
        assert_string(tab, (CpaStrId)i + 1, text, lens[i]);
        g_assert_true(cpa_strtab_get(tab, (CpaStrId)i + 1) == kept[i]);
    }
}

/* Short ones of few letters: about every second one is known. */
static size_t random_string(GRand *rand, char text[16])
{
    size_t len = (size_t)g_rand_int_range(rand, 0, 15);
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)g_rand_int_range(rand, 'a', len < 9 ? 'e' : 'c');
    }
    text[len] = '\0';
    return len;
}

/* Interns as many strings as the table and a GHashTable agree on. */
static void grow_strings(CpaStrtab *tab, GHashTable *known, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    for (size_t i = 0; i < N_RANDOM; i++) {
        char text[16];
        size_t len = random_string(rand, text);
        gpointer id = NULL;
        uint32_t count = cpa_strtab_count(tab);
        CpaStrId found = cpa_strtab_find(tab, text, len);
        CpaStrId got = cpa_strtab_intern(tab, text, len);
        if (g_hash_table_lookup_extended(known, text, NULL, &id)) {
            g_assert_cmpuint(found, ==, GPOINTER_TO_UINT(id));
            g_assert_cmpuint(got, ==, GPOINTER_TO_UINT(id));
            g_assert_cmpuint(cpa_strtab_count(tab), ==, count);
        } else {
            g_assert_cmpuint(found, ==, UINT32_MAX);
            g_assert_cmpuint(got, ==, count);
            g_assert_cmpuint(cpa_strtab_count(tab), ==, count + 1);
            /* The table's own bytes as key: they must stay where they are. */
            g_hash_table_insert(known, (gpointer)(uintptr_t)cpa_strtab_get(tab, got),
                                GUINT_TO_POINTER(got));
        }
    }
}

static void check_strings(const CpaStrtab *tab, GHashTable *known)
{
    GHashTableIter iter;
    gpointer text = NULL;
    gpointer id = NULL;
    g_assert_cmpuint(g_hash_table_size(known), ==, cpa_strtab_count(tab));
    g_hash_table_iter_init(&iter, known);
    while (g_hash_table_iter_next(&iter, &text, &id)) {
        g_assert_true(cpa_strtab_get(tab, GPOINTER_TO_UINT(id)) == text);
        g_assert_cmpuint(find(tab, text), ==, GPOINTER_TO_UINT(id));
    }
}

static void test_string_growth(void)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(CpaStrtab) tab = cpa_strtab_new(NULL);
    g_hash_table_insert(known, (gpointer)(uintptr_t)cpa_strtab_get(tab, 0), GUINT_TO_POINTER(0));
    grow_strings(tab, known, 1);
    g_assert_cmpuint(cpa_strtab_count(tab), >, 40000);
    check_strings(tab, known);

    /* An overlay goes on where the base ended; the base keeps its own. */
    uint32_t n_base = cpa_strtab_count(tab);
    g_autoptr(CpaStrtab) overlay = cpa_strtab_new(tab);
    grow_strings(overlay, known, 2);
    g_assert_cmpuint(cpa_strtab_count(overlay), >, n_base + 10000);
    check_strings(overlay, known);
    g_assert_cmpuint(cpa_strtab_count(tab), ==, n_base);
}

static void test_overlay(void)
{
    g_autoptr(CpaStrtab) base = cpa_strtab_new(NULL);
    CpaStrId shared = intern(base, "shared");
    intern(base, "more");
    uint32_t n_base = cpa_strtab_count(base);

    g_autoptr(CpaStrtab) one = cpa_strtab_new(base);
    g_autoptr(CpaStrtab) two = cpa_strtab_new(base);
    g_assert_cmpuint(cpa_strtab_count(one), ==, n_base);
    g_assert_cmpuint(intern(one, ""), ==, 0);
    g_assert_cmpuint(intern(one, "shared"), ==, shared);
    g_assert_true(cpa_strtab_get(one, shared) == cpa_strtab_get(base, shared));
    g_assert_cmpuint(intern(one, "first"), ==, n_base);
    g_assert_cmpuint(intern(one, "second"), ==, n_base + 1);
    g_assert_cmpuint(intern(two, "second"), ==, n_base);
    g_assert_cmpuint(find(two, "first"), ==, UINT32_MAX);
    g_assert_cmpuint(find(base, "first"), ==, UINT32_MAX);
    g_assert_cmpuint(cpa_strtab_count(base), ==, n_base);

    /* Overlays stack. */
    g_autoptr(CpaStrtab) top = cpa_strtab_new(one);
    g_assert_cmpuint(intern(top, "shared"), ==, shared);
    g_assert_cmpuint(intern(top, "second"), ==, n_base + 1);
    g_assert_cmpuint(intern(top, "third"), ==, n_base + 2);
    assert_string(top, n_base, "first", 5);
    assert_string(top, n_base + 2, "third", 5);
    g_assert_cmpuint(cpa_strtab_count(top), ==, n_base + 3);
    g_assert_cmpuint(find(one, "third"), ==, UINT32_MAX);
    g_assert_cmpint(cpa_strtab_compare(top, n_base + 2, shared), >, 0);
}

/* --- Sequences -------------------------------------------------------------------------------- */

static void assert_sequence(const CpaSeqtab *tab, uint32_t id, const uint32_t *words, size_t n)
{
    size_t n_got = 0;
    const uint32_t *got = cpa_seqtab_get(tab, id, &n_got);
    g_assert_nonnull(got);
    g_assert_cmpmem(got, n_got * sizeof *got, words, n * sizeof *words);
}

static void test_sequences(void)
{
    static const uint32_t words[] = {7, 0, 0, 7, 7, UINT32_MAX, 0, 1};
    static const struct {
        size_t from;
        size_t n;
    } cases[] = {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 1}, {1, 2}, {3, 2}, {0, 8}, {5, 1}, {4, 2}};
    g_autoptr(CpaSeqtab) tab = cpa_seqtab_new();
    g_assert_cmpuint(cpa_seqtab_count(tab), ==, 0);
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
            g_assert_cmpuint(cpa_seqtab_intern(tab, words + cases[i].from, cases[i].n), ==, i);
        }
    }
    g_assert_cmpuint(cpa_seqtab_intern(tab, NULL, 0), ==, 0);
    g_assert_cmpuint(cpa_seqtab_count(tab), ==, G_N_ELEMENTS(cases));
    cpa_seqtab_seal(tab);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_sequence(tab, (uint32_t)i, words + cases[i].from, cases[i].n);
    }
}

/* The empty sequence last, where no word follows it, and in a table of nothing else. */
static void test_empty_sequence(void)
{
    g_autoptr(CpaSeqtab) alone = cpa_seqtab_new();
    g_assert_cmpuint(cpa_seqtab_intern(alone, NULL, 0), ==, 0);
    g_assert_cmpuint(cpa_seqtab_intern(alone, NULL, 0), ==, 0);
    assert_sequence(alone, 0, NULL, 0);

    static const uint32_t word = 3;
    g_autoptr(CpaSeqtab) tab = cpa_seqtab_new();
    g_assert_cmpuint(cpa_seqtab_intern(tab, &word, 1), ==, 0);
    g_assert_cmpuint(cpa_seqtab_intern(tab, NULL, 0), ==, 1);
    g_assert_cmpuint(cpa_seqtab_intern(tab, &word, 0), ==, 1);
    assert_sequence(tab, 0, &word, 1);
    assert_sequence(tab, 1, NULL, 0);
}

static void test_sequence_steal(void)
{
    static const uint32_t words[] = {1, 2, 3};
    g_autoptr(CpaSeqtab) tab = cpa_seqtab_new();
    for (int turn = 0; turn < 2; turn++) {
        g_assert_cmpuint(cpa_seqtab_intern(tab, words, 3), ==, 0);
        g_assert_cmpuint(cpa_seqtab_intern(tab, words, 0), ==, 1);
        g_assert_cmpuint(cpa_seqtab_intern(tab, words + 1, 1), ==, 2);
        g_autofree uint32_t *all = NULL;
        g_autofree uint64_t *first = NULL;
        cpa_seqtab_steal(tab, &all, &first);
        static const uint32_t all_expected[] = {1, 2, 3, 2};
        static const uint64_t first_expected[] = {0, 3, 3, 4};
        g_assert_cmpmem(all, sizeof all_expected, all_expected, sizeof all_expected);
        g_assert_cmpmem(first, sizeof first_expected, first_expected, sizeof first_expected);
        g_assert_cmpuint(cpa_seqtab_count(tab), ==, 0); /* and usable again */
    }
    g_autofree uint32_t *none = NULL;
    g_autofree uint64_t *first = NULL;
    cpa_seqtab_steal(tab, &none, &first);
    g_assert_null(none);
    g_assert_cmpuint(first[0], ==, 0);
}

static void test_sequence_growth(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    g_autoptr(CpaSeqtab) tab = cpa_seqtab_new();
    for (size_t i = 0; i < N_RANDOM; i++) {
        uint32_t words[12];
        size_t n = (size_t)g_rand_int_range(rand, 0, (gint32)G_N_ELEMENTS(words));
        for (size_t k = 0; k < n; k++) {
            words[k] = (uint32_t)g_rand_int_range(rand, 0, n < 8 ? 6 : 2);
        }
        GBytes *key = g_bytes_new(words, n * sizeof *words);
        uint32_t count = cpa_seqtab_count(tab);
        uint32_t id = cpa_seqtab_intern(tab, words, n);
        gpointer old = NULL;
        if (g_hash_table_lookup_extended(known, key, NULL, &old)) {
            g_assert_cmpuint(id, ==, GPOINTER_TO_UINT(old));
            g_assert_cmpuint(cpa_seqtab_count(tab), ==, count);
            g_bytes_unref(key);
        } else {
            g_assert_cmpuint(id, ==, count);
            g_hash_table_insert(known, key, GUINT_TO_POINTER(id));
        }
    }
    g_assert_cmpuint(cpa_seqtab_count(tab), >, 40000);
    g_assert_cmpuint(cpa_seqtab_count(tab), ==, g_hash_table_size(known));
    cpa_seqtab_seal(tab);
    GHashTableIter iter;
    gpointer key = NULL;
    gpointer id = NULL;
    g_hash_table_iter_init(&iter, known);
    while (g_hash_table_iter_next(&iter, &key, &id)) {
        gsize size = 0;
        const uint32_t *words = g_bytes_get_data(key, &size);
        assert_sequence(tab, GPOINTER_TO_UINT(id), words, size / sizeof *words);
    }
}

/* --- Id maps ---------------------------------------------------------------------------------- */

static void test_idmap(void)
{
    CpaIdMap map = {0};
    g_assert_cmpuint(cpa_idmap_get(&map, 0), ==, CPA_NONE);
    /* Keys that free slots could be mistaken for, and halves of each other. */
    static const uint64_t keys[] = {
        0, UINT64_MAX,        UINT32_MAX,       (uint64_t)UINT32_MAX << 32,
        1, (uint64_t)1 << 32, (uint64_t)1 << 63};
    for (uint32_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_assert_cmpuint(cpa_idmap_get(&map, keys[i]), ==, CPA_NONE);
        g_assert_cmpuint(cpa_idmap_insert(&map, keys[i], i), ==, i);
        g_assert_cmpuint(cpa_idmap_insert(&map, keys[i], i + 100), ==, i);
    }
    for (uint32_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_assert_cmpuint(cpa_idmap_get(&map, keys[i]), ==, i);
    }
    g_assert_cmpuint(map.n_used, ==, G_N_ELEMENTS(keys));
    g_assert_cmpuint(cpa_idmap_get(&map, 2), ==, CPA_NONE);
    cpa_idmap_clear(&map);
    g_assert_cmpuint(cpa_idmap_get(&map, 0), ==, CPA_NONE);
    g_assert_cmpuint(cpa_idmap_insert(&map, 0, 5), ==, 5);
    cpa_idmap_clear(&map);
}

/* How the program's own keys look: random, counted, pairs, addresses. */
static uint64_t random_key(GRand *rand, int shape)
{
    uint64_t low = g_rand_int(rand);
    uint64_t high = g_rand_int(rand);
    switch (shape) {
    case 0:
        return high << 32 | low;
    case 1:
        return low % 100000;
    case 2:
        return (high % 300) << 32 | low % 300;
    default:
        return (low % 100000) << 12;
    }
}

static void test_idmap_growth(gconstpointer data)
{
    int shape = GPOINTER_TO_INT(data);
    g_autoptr(GRand) rand = g_rand_new_with_seed(4);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    CpaIdMap map = {0};
    uint32_t n_keys = shape == 0 ? N_RANDOM : N_RANDOM / 4;
    for (uint32_t i = 0; i < n_keys; i++) {
        uint64_t key = random_key(rand, shape);
        gpointer old = NULL;
        uint32_t before = cpa_idmap_get(&map, key);
        uint32_t got = cpa_idmap_insert(&map, key, i);
        if (g_hash_table_lookup_extended(known, &key, NULL, &old)) {
            g_assert_cmpuint(before, ==, GPOINTER_TO_UINT(old));
            g_assert_cmpuint(got, ==, GPOINTER_TO_UINT(old));
        } else {
            g_assert_cmpuint(before, ==, CPA_NONE);
            g_assert_cmpuint(got, ==, i);
            g_hash_table_insert(known, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(i));
        }
    }
    g_assert_cmpuint(map.n_used, ==, g_hash_table_size(known));
    g_assert_cmpuint(map.n_used, >, n_keys / 2);
    g_assert_cmpuint(map.n_used * 2, <=, map.n_slots);
    GHashTableIter iter;
    gpointer key = NULL;
    gpointer value = NULL;
    g_hash_table_iter_init(&iter, known);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        g_assert_cmpuint(cpa_idmap_get(&map, *(uint64_t *)key), ==, GPOINTER_TO_UINT(value));
    }
    cpa_idmap_clear(&map);
}

/* --- Vectors ---------------------------------------------------------------------------------- */

static void test_vec(void)
{
    typedef struct {
        uint64_t a;
        uint8_t b;
    } Pair;
    CPA_VEC(Pair) pairs = {0};
    for (uint64_t i = 0; i < 10000; i++) {
        Pair pair = {i * i, (uint8_t)i};
        cpa_vec_push(&pairs, pair);
        g_assert_cmpuint(pairs.len, ==, i + 1);
        g_assert_cmpuint(pairs.cap, >=, pairs.len);
    }
    cpa_vec_reserve(&pairs, 100000);
    g_assert_cmpuint(pairs.len, ==, 10000);
    g_assert_cmpuint(pairs.cap, >=, 110000);
    const Pair *before = pairs.data;
    cpa_vec_reserve(&pairs, pairs.cap - pairs.len);
    g_assert_true(pairs.data == before);
    for (uint64_t i = 0; i < 10000; i++) {
        g_assert_cmpuint(pairs.data[i].a, ==, i * i);
        g_assert_cmpuint(pairs.data[i].b, ==, (uint8_t)i);
    }

    g_autofree Pair *stolen = cpa_vec_steal(&pairs);
    g_assert_cmpuint(stolen[9999].a, ==, UINT64_C(9999) * 9999);
    g_assert_null(pairs.data);
    g_assert_cmpuint(pairs.len, ==, 0);
    g_assert_cmpuint(pairs.cap, ==, 0);
    g_assert_null(cpa_vec_steal(&pairs));
    cpa_vec_reserve(&pairs, pairs.len);
    g_assert_null(pairs.data);
    cpa_vec_reserve(&pairs, 1);
    g_assert_nonnull(pairs.data);
    g_assert_null(cpa_vec_steal(&pairs)); /* nothing was pushed */

    Pair last = {1, 2};
    cpa_vec_push(&pairs, last);
    cpa_vec_clear(&pairs);
    g_assert_null(pairs.data);
    g_assert_cmpuint(pairs.len + pairs.cap, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tables/strings/identity", test_strings);
    g_test_add_func("/tables/strings/order", test_string_order);
    g_test_add_func("/tables/strings/long", test_long_strings);
    g_test_add_func("/tables/strings/growth", test_string_growth);
    g_test_add_func("/tables/strings/overlay", test_overlay);
    g_test_add_func("/tables/sequences/identity", test_sequences);
    g_test_add_func("/tables/sequences/empty", test_empty_sequence);
    g_test_add_func("/tables/sequences/steal", test_sequence_steal);
    g_test_add_func("/tables/sequences/growth", test_sequence_growth);
    g_test_add_func("/tables/idmap/identity", test_idmap);
    static const char *const shapes[] = {"random", "counted", "pairs", "addresses"};
    for (int i = 0; i < (int)G_N_ELEMENTS(shapes); i++) {
        g_autofree char *name = g_strconcat("/tables/idmap/growth/", shapes[i], NULL);
        g_test_add_data_func(name, GINT_TO_POINTER(i), test_idmap_growth);
    }
    g_test_add_func("/tables/vec", test_vec);
    return g_test_run();
}
