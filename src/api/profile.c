/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One profile: life, writing, and what its header and tables say.
 */
#include "api/api.h"

#include "view/encode.h"

CpaProfile *cpa_profile_dup(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, NULL);
    return cpa_profile_ref((CpaProfile *)profile);
}

void cpa_profile_free(CpaProfile *profile)
{
    cpa_profile_unref(profile);
}

static bool write_proto(const CpaProfile *profile, CpaSink *sink, GError **error)
{
    g_autoptr(CpaView) view = cpa_view_new((CpaProfile *)profile);
    return cpa_view_encode(view, 1, true, sink, error) && cpa_sink_finish(sink, error);
}

GBytes *cpa_profile_to_bytes(const CpaProfile *profile, GError **error)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(error == NULL || *error == NULL, NULL);
    g_autoptr(CpaSink) sink = cpa_sink_new_memory();
    if (!write_proto(profile, sink, error)) {
        return NULL;
    }
    size_t n = 0;
    const char *bytes = cpa_sink_data(sink, &n);
    return g_bytes_new(bytes, n);
}

bool cpa_profile_to_fd(const CpaProfile *profile, int fd, GError **error)
{
    g_return_val_if_fail(profile != NULL, false);
    g_return_val_if_fail(fd >= 0, false);
    g_return_val_if_fail(error == NULL || *error == NULL, false);
    g_autoptr(CpaSink) sink = cpa_sink_new_fd(fd);
    return write_proto(profile, sink, error);
}

static const char *text(const CpaProfile *profile, CpaStrId id)
{
    return cpa_strtab_get(profile->strings, id);
}

size_t cpa_profile_n_samples(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, 0);
    return profile->n_samples;
}

size_t cpa_profile_n_locations(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, 0);
    return profile->n_locations;
}

size_t cpa_profile_n_functions(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, 0);
    return profile->n_functions;
}

size_t cpa_profile_n_mappings(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, 0);
    return profile->n_mappings;
}

const char *cpa_profile_mapping_file(const CpaProfile *profile, size_t i)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(i < profile->n_mappings, NULL);
    return text(profile, profile->mappings[i].file);
}

const char *cpa_profile_mapping_build_id(const CpaProfile *profile, size_t i)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(i < profile->n_mappings, NULL);
    return text(profile, profile->mappings[i].build_id);
}

size_t cpa_profile_n_sample_types(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, 0);
    return profile->header.n_types;
}

const char *cpa_profile_sample_type(const CpaProfile *profile, size_t i)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(i < profile->header.n_types, NULL);
    return text(profile, profile->header.sample_types[i].type);
}

const char *cpa_profile_sample_unit(const CpaProfile *profile, size_t i)
{
    g_return_val_if_fail(profile != NULL, NULL);
    g_return_val_if_fail(i < profile->header.n_types, NULL);
    return text(profile, profile->header.sample_types[i].unit);
}

size_t cpa_profile_default_sample_type(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, 0);
    const CpaHeader *h = &profile->header;
    for (size_t i = 0; i < h->n_types && h->default_sample_type != 0; i++) {
        if (h->sample_types[i].type == h->default_sample_type) {
            return i;
        }
    }
    return h->n_types > 0 ? h->n_types - 1 : 0;
}

int64_t cpa_profile_period(const CpaProfile *profile, const char **type, const char **unit)
{
    g_return_val_if_fail(profile != NULL, 0);
    if (type != NULL) {
        *type = text(profile, profile->header.period_type.type);
    }
    if (unit != NULL) {
        *unit = text(profile, profile->header.period_type.unit);
    }
    return profile->header.period;
}

int64_t cpa_profile_time_ns(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, 0);
    return profile->header.time_ns;
}

int64_t cpa_profile_duration_ns(const CpaProfile *profile)
{
    g_return_val_if_fail(profile != NULL, 0);
    return profile->header.duration_ns;
}

const char *cpa_profile_comment(const CpaProfile *profile, size_t i)
{
    g_return_val_if_fail(profile != NULL, NULL);
    return i < profile->header.n_comments ? text(profile, profile->header.comments[i]) : NULL;
}
