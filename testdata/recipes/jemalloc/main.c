// SPDX-License-Identifier: Apache-2.0
// Keeps a trie and a ring of messages alive; jemalloc samples the allocations and dumps them at exit.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Node {
    struct Node *child[26];
    char *word;
} Node;

static Node root;
static char *ring[512];

static char *make_word(unsigned *seed) {
    size_t n = 3 + rand_r(seed) % 5;
    char *word = malloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        word[i] = (char)('a' + rand_r(seed) % 26);
    }
    word[n] = '\0';
    return word;
}

static void insert(char *word) {
    Node *at = &root;
    for (const char *c = word; *c; c++) {
        Node **next = &at->child[*c - 'a'];
        if (!*next) {
            *next = calloc(1, sizeof **next);
        }
        at = *next;
    }
    free(at->word);
    at->word = word;
}

static void post(size_t i, unsigned *seed) {
    size_t n = 1024 + rand_r(seed) % 16384;
    free(ring[i % 512]);
    ring[i % 512] = malloc(n);
    memset(ring[i % 512], 'x', n);
}

int main(void) {
    unsigned seed = 11;
    for (size_t i = 0; i < 20000; i++) {
        insert(make_word(&seed));
        post(i, &seed);
    }
    printf("%s\n", root.child[0] ? "done" : "empty");
    return 0;
}
