/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry of writers, and the plainest of them.
 */
#include "render/renderer.h"

#include <string.h>

#define RENDERER(row) extern const CpaRenderer row;
#include "render/renderers.def"
#undef RENDERER

static const CpaRenderer *const renderers[] = {
#define RENDERER(row) &row,
#include "render/renderers.def"
#undef RENDERER
};

const CpaRenderer *const *cpa_renderer_table(size_t *n)
{
    *n = G_N_ELEMENTS(renderers);
    return renderers;
}

const CpaRenderer *cpa_renderer_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(renderers); i++) {
        if (strcmp(renderers[i]->name, name) == 0) {
            return renderers[i];
        }
    }
    return NULL;
}

const CpaRenderer *cpa_renderer_for_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash : path, '.');
    if (dot == NULL) {
        return NULL;
    }
    g_autofree char *suffix = g_ascii_strdown(dot + 1, -1);
    return cpa_renderer_find(suffix);
}

static bool draw_scene(const CpaScene *scene, const CpaRenderOptions *options, CpaSink *sink,
                       GError **error)
{
    (void)options;
    (void)error;
    cpa_scene_dump(scene, sink);
    return true;
}

const CpaRenderer cpa_render_scene = {
    .name = "scene",
    .mime = "text/plain",
    .summary = "What the picture consists of, as text",
    .draw = draw_scene,
};
