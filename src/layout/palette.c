/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The colours.
 */
#include "layout/palette.h"

#include <math.h>

static const uint32_t package_colors[CPA_N_PACKAGE_COLORS] = {
    0xf4a582, 0x92cbe8, 0xf7e08a, 0xa3b8ec, 0x9fd3a0, 0xe3b0dd, 0xfbc97f, 0x8fd3c8,
    0xd6c1a0, 0xc5b3ea, 0xc7dd8e, 0xf2b1c1, 0x7fb2d0, 0xd98f6c, 0xb9c6cf, 0xc9b458,
};

static const uint32_t more_colors[CPA_N_CHANGE_STEPS] = {0xfbe0d0, 0xf9c6aa, 0xf4a582, 0xe8866a,
                                                         0xd96a54};
static const uint32_t less_colors[CPA_N_CHANGE_STEPS] = {0xdce9f3, 0xbad6ea, 0x92c5de, 0x6fb1d6,
                                                         0x4f9bc9};
static const uint32_t classic_more[CPA_N_CHANGE_STEPS] = {0xffdcdc, 0xffb9b9, 0xff9494, 0xf97070,
                                                          0xee5555};
static const uint32_t classic_less[CPA_N_CHANGE_STEPS] = {0xdcf2dc, 0xb9e6b9, 0x92d892, 0x6bc76b,
                                                          0x4fb34f};

uint32_t cpa_palette_package(size_t i)
{
    return package_colors[i % CPA_N_PACKAGE_COLORS];
}

size_t cpa_palette_hash(const char *package)
{
    uint32_t hash = UINT32_C(2166136261); /* FNV-1a */
    for (const char *p = package; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char)*p) * UINT32_C(16777619);
    }
    return (hash ^ hash >> 15) % CPA_N_PACKAGE_COLORS;
}

int cpa_palette_change_step(double change)
{
    static const double limits[CPA_N_CHANGE_STEPS] = {0.01, 0.1, 0.25, 0.5, 0.999999};
    double size = fabs(change);
    int step = 0;
    while (step < CPA_N_CHANGE_STEPS && size >= limits[step]) {
        step++;
    }
    return change < 0 ? -step : step;
}

uint32_t cpa_palette_change(int step, bool classic)
{
    if (step == 0) {
        return 0xededea;
    }
    const uint32_t *more = classic ? classic_more : more_colors;
    const uint32_t *less = classic ? classic_less : less_colors;
    return step > 0 ? more[step - 1] : less[-step - 1];
}

static uint32_t to_byte(double x)
{
    return x >= 0 && x <= 1 ? (uint32_t)(x * 255.0) : 0;
}

uint32_t cpa_palette_score(double score, bool pale)
{
    double saturation = pale ? 0.1 : 1.0;
    double value = pale ? 0.93 : 0.7;
    score = isnan(score) ? 0 : fmax(-1.0, fmin(1.0, score));
    if (fabs(score) < 0.2) {
        saturation *= fabs(score) / 0.2;
    }
    score = score > 0 ? pow(score, 0.3) : -pow(-score, 0.3);
    double red = score < 0 ? value * (1 + saturation * score) : value;
    double green = score < 0 ? value : value * (1 - saturation * score);
    double blue = value * (1 - saturation);
    return to_byte(red) << 16 | to_byte(green) << 8 | to_byte(blue);
}
