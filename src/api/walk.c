/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks: one sample at a time, locations unfolded into a frame per line.
 *
 *     location  l0          l1                 l2
 *     lines     -           a (inlined)  b     c
 *     frames    address     a            b     c
 */
#include "api/api.h"

#include "base/vec.h"

typedef struct {
    uint32_t location;
    uint32_t line; /* index, or CPA_NONE: only the address is known */
    bool is_inlined;
} Frame;

struct CpaWalk {
    CpaProfile *profile;
    size_t next; /* number of the sample after the current one */
    CPA_VEC(Frame) frames;
    const CpaLabel *labels;
    size_t n_labels;
};

CpaWalk *cpa_walk_new(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, NULL);
    CpaWalk *walk = g_new0(CpaWalk, 1);
    walk->profile = cpa_profile_dup(profile);
    return walk;
}

void cpa_walk_free(CpaWalk *walk)
{
    if (walk != NULL) {
        cpa_vec_clear(&walk->frames);
        cpa_profile_free(walk->profile);
        g_free(walk);
    }
}

bool cpa_walk_next(CpaWalk *walk)
{
    g_return_val_if_fail(walk != NULL, false);
    const CpaProfile *p = walk->profile;
    size_t sample = walk->next;
    walk->frames.len = 0;
    walk->n_labels = 0;
    if (sample >= p->n_samples) {
        walk->next = p->n_samples + 1; /* there is no current sample any more */
        return false;
    }
    walk->next = sample + 1;
    for (uint64_t k = p->frame_first[sample]; k < p->frame_first[sample + 1]; k++) {
        uint32_t location = p->frames[k];
        uint32_t first = p->locations[location].line_first;
        uint32_t n = p->locations[location].n_lines;
        if (n == 0) {
            Frame frame = {.location = location, .line = CPA_NONE};
            cpa_vec_push(&walk->frames, frame);
        }
        for (uint32_t i = 0; i < n; i++) {
            Frame frame = {.location = location, .line = first + i, .is_inlined = i + 1 < n};
            cpa_vec_push(&walk->frames, frame);
        }
    }
    walk->labels = cpa_label_table_get(p->labels, p->label_sets[sample], &walk->n_labels);
    return true;
}

int64_t cpa_walk_value(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, 0);
    g_return_val_if_fail(walk->next > 0 && walk->next <= walk->profile->n_samples, 0);
    g_return_val_if_fail(i < walk->profile->header.n_types, 0);
    return walk->profile->values[(walk->next - 1) * walk->profile->header.n_types + i];
}

size_t cpa_walk_n_frames(const CpaWalk *walk)
{
    g_return_val_if_fail(walk != NULL, 0);
    return walk->frames.len;
}

static const char *text(const CpaWalk *walk, CpaStrId id)
{
    return cpa_strtab_get(walk->profile->strings, id);
}

static const CpaLocation *location_of(const CpaWalk *walk, size_t i)
{
    return &walk->profile->locations[walk->frames.data[i].location];
}

static const CpaLine *line_of(const CpaWalk *walk, size_t i)
{
    uint32_t line = walk->frames.data[i].line;
    return line != CPA_NONE ? &walk->profile->lines[line] : NULL;
}

static const CpaFunction *function_of(const CpaWalk *walk, size_t i)
{
    const CpaLine *line = line_of(walk, i);
    return line != NULL ? &walk->profile->functions[line->function] : NULL;
}

const char *cpa_walk_function(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, NULL);
    g_return_val_if_fail(i < walk->frames.len, NULL);
    const CpaFunction *function = function_of(walk, i);
    return function != NULL ? text(walk, function->name) : "";
}

const char *cpa_walk_file(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, NULL);
    g_return_val_if_fail(i < walk->frames.len, NULL);
    const CpaFunction *function = function_of(walk, i);
    return function != NULL ? text(walk, function->file) : "";
}

int64_t cpa_walk_line(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, 0);
    g_return_val_if_fail(i < walk->frames.len, 0);
    const CpaLine *line = line_of(walk, i);
    return line != NULL ? line->line : 0;
}

uint64_t cpa_walk_address(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, 0);
    g_return_val_if_fail(i < walk->frames.len, 0);
    return location_of(walk, i)->address;
}

const char *cpa_walk_binary(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, NULL);
    g_return_val_if_fail(i < walk->frames.len, NULL);
    uint32_t mapping = location_of(walk, i)->mapping;
    return mapping != CPA_NONE ? text(walk, walk->profile->mappings[mapping].file) : "";
}

bool cpa_walk_is_inlined(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, false);
    g_return_val_if_fail(i < walk->frames.len, false);
    return walk->frames.data[i].is_inlined;
}

size_t cpa_walk_n_labels(const CpaWalk *walk)
{
    g_return_val_if_fail(walk != NULL, 0);
    return walk->n_labels;
}

const char *cpa_walk_label_key(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, NULL);
    g_return_val_if_fail(i < walk->n_labels, NULL);
    return text(walk, walk->labels[i].key);
}

const char *cpa_walk_label_text(const CpaWalk *walk, size_t i)
{
    g_return_val_if_fail(walk != NULL, NULL);
    g_return_val_if_fail(i < walk->n_labels, NULL);
    const CpaLabel *label = &walk->labels[i];
    return cpa_label_is_string(label) ? text(walk, (CpaStrId)label->value) : NULL;
}

int64_t cpa_walk_label_number(const CpaWalk *walk, size_t i, const char **unit)
{
    g_return_val_if_fail(walk != NULL, 0);
    g_return_val_if_fail(i < walk->n_labels, 0);
    const CpaLabel *label = &walk->labels[i];
    if (unit != NULL) {
        *unit = label->unit < CPA_LABEL_NO_UNIT ? text(walk, label->unit) : "";
    }
    return cpa_label_is_string(label) ? 0 : label->value;
}
