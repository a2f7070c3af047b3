/* Attention of one token of each row to the keys and values that it has in the cache. */

#pragma once

#include <stdlib.h>
#include <string.h>

#include "tiles.h"
#include "vectors.h"

/* `many` queries [many, d] against `seen` keys and values [seen, d], d = 16 `wide`: out [many, d].
   Keys and values are bfloat16 where `cached` says so, else float. `weights` has room for
   [many, seen], seen rounded up to 16. */
INLINE void attend_some(int half, int cached, int many, int wide, const void *q, const void *keys,
                        const void *values, long seen, float *weights, void *out) {
    vec query[many][wide], mixed[many][wide];
    long room = (seen + 15) / 16 * 16;
    float scale = 1.0f / sqrtf(16 * wide);
    for (int g = 0; g < many; g++)
        for (int w = 0; w < wide; w++) {
            query[g][w] = rounded(load(q, (g * wide + w) * 16, half) * scale, half);
            mixed[g][w] = (vec){0};
        }
    for (long start = 0; start < seen; start += 16) {
        vec keys_16[16][wide];
        for (int t = 0; t < 16; t++) {
            long from = start + t < seen ? start + t : seen - 1;
            for (int w = 0; w < wide; w++)
                keys_16[t][w] = load(keys, (from * wide + w) * 16, cached);
        }
        for (int g = 0; g < many; g++) {
            vec sums[16];
            for (int t = 0; t < 16; t++) {
                sums[t] = query[g][0] * keys_16[t][0];
                for (int w = 1; w < wide; w++) sums[t] += query[g][w] * keys_16[t][w];
            }
            store(weights, g * room + start, totals(sums), 0);
        }
    }
    for (int g = 0; g < many; g++) {
        float *own = weights + g * room;
        for (long t = seen; t < room; t++) own[t] = -INFINITY;
        for (long t = 0; t < room; t += 16) store(own, t, rounded(load(own, t, 0), half), 0);
        float share = 1.0f / exponentials(own, room, largest(own, room), 1.0f);
        for (long t = 0; t < room; t += 16)
            store(own, t, rounded(load(own, t, 0) * share, half), 0);
    }
    for (long t = 0; t < seen; t++)
        for (int w = 0; w < wide; w++) {
            vec value = load(values, (t * wide + w) * 16, cached);
            for (int g = 0; g < many; g++) mixed[g][w] += weights[g * room + t] * value;
        }
    for (int g = 0; g < many; g++)
        for (int w = 0; w < wide; w++) store(out, (g * wide + w) * 16, mixed[g][w], half);
}

/* The same for any `many`, a few at a time, and the four widths. */
INLINE void attend_all(int half, int cached, const void *q, const void *keys, const void *values,
                       long many, long width, long seen, float *weights, void *out) {
    while (many > 0) {
        long some = many > 4 ? 3 : many;
#define CASE(m, wide)                                                                              \
    if (some == m && width == 16 * wide)                                                           \
        attend_some(half, cached, m, wide, q, keys, values, seen, weights, out);
        CASE(1, 2) CASE(2, 2) CASE(3, 2) CASE(4, 2)
        CASE(1, 4) CASE(2, 4) CASE(3, 4) CASE(4, 4)
        CASE(1, 8) CASE(2, 8) CASE(3, 8) CASE(4, 8)
        CASE(1, 16) CASE(2, 16) CASE(3, 16) CASE(4, 16)
#undef CASE
        q = at(q, some * width, half), out = to(out, some * width, half);
        many -= some;
    }
}

#ifdef __AMX_BF16__
/* Tiles 0 to 3 are sums over values, 4 the shares of keys, 5 sums of scores, 6 keys or values, 7
   queries. */
static void shape_tiles_to_attend(long many) {
    long rows[8] = {many, many, many, many, many, SIDE, SIDE, SIDE};
    load_shape(rows);
}

/* Scores [many, room] of queries, of which `query` has words [d / 2, 16], and of keys. */
INLINE void score_tiles(int half, int size, const uint32_t *query, const uint16_t *keys, long many,
                        long width, long seen, float *scores, long room) {
    vec sums[SIDE];
    for (long start = 0; start < seen; start += SIDE) {
        _tile_zero(5);
        for (long d = 0; d < width; d += 2 * SIDE) {
            _tile_loadd(6, keys + start * width + d, 2 * width);
            _tile_loadd(7, query + d / 2 * SIDE, 4 * SIDE);
            _tile_dpbf16ps(5, 6, 7);
        }
        _tile_stored(5, sums, 4 * SIDE);
        transpose(size, sums);
        for (long g = 0; g < many; g++) store(scores, g * room + start, rounded(sums[g], half), 0);
    }
}

/* out [many, some] = shares [many, room] times `some` columns, at most 64, of the values. */
INLINE void mix_tiles(int half, const uint16_t *shares, const uint16_t *values, long many,
                      long width, long seen, long room, long some, void *out) {
    uint16_t own[4][SIDE][2 * SIDE];
    float sums[4][SIDE][SIDE];
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (long start = 0; start < seen; start += 2 * SIDE, values += 2 * SIDE * width) {
        for (long t = 0; t < 2 * SIDE; t += 2)
            for (long d = 0; d < some; d += 2 * SIDE) {
                const pairs *next = (const pairs *)(values + t * width + d);
                pairs a = {0}, b = {0};
                if (start + t < seen) a = *next;
                if (start + t + 1 < seen) b = *(const pairs *)(values + (t + 1) * width + d);
                pair_up(a, b, own[d / SIDE][t / 2], own[d / SIDE + 1][t / 2]);
            }
        __asm__ volatile("" ::: "memory");
        _tile_loadd(4, shares + start, 2 * room);
        _tile_loadd(6, own[0], 4 * SIDE);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(6, own[1], 4 * SIDE);
        _tile_dpbf16ps(1, 4, 6);
        if (some > 2 * SIDE) {
            _tile_loadd(6, own[2], 4 * SIDE);
            _tile_dpbf16ps(2, 4, 6);
            _tile_loadd(6, own[3], 4 * SIDE);
            _tile_dpbf16ps(3, 4, 6);
        }
    }
    _tile_stored(0, sums[0], 4 * SIDE);
    _tile_stored(1, sums[1], 4 * SIDE);
    _tile_stored(2, sums[2], 4 * SIDE);
    _tile_stored(3, sums[3], 4 * SIDE);
    for (long g = 0; g < many; g++)
        for (long d = 0; d < some; d += SIDE)
            store(out, g * width + d, load(sums[d / SIDE][g], 0, 0), half);
}

/* As `attend_some`, for up to 16 queries, rounded to bfloat16 as keys and values are. */
INLINE void attend_tiles(int half, const void *q, const uint16_t *keys, const uint16_t *values,
                         long many, long width, long seen, float *weights, void *out) {
    long room = (seen + 2 * SIDE - 1) / (2 * SIDE) * 2 * SIDE;
    uint16_t *shares = (uint16_t *)(weights + many * room);
    uint32_t query[width / 2 * SIDE], words[width / 2];
    float scale = 1.0f / sqrtf(width);
    memset(query, 0, sizeof query);
    for (long g = 0; g < many; g++) {
        for (long d = 0; d < width; d += 16)
            store(words, d, load(q, g * width + d, half) * scale, 1);
        for (long d = 0; d < width / 2; d++) query[d * SIDE + g] = words[d];
    }
    __asm__ volatile("" ::: "memory");
    if (many <= 8) score_tiles(half, 8, query, keys, many, width, seen, weights, room);
    else score_tiles(half, 16, query, keys, many, width, seen, weights, room);
    for (long g = 0; g < many; g++) {
        float *own = weights + g * room;
        for (long t = seen; t < room; t++) own[t] = -INFINITY;
        float share = 1.0f / exponentials(own, room, largest(own, room), 1.0f);
        for (long t = 0; t < room; t += 16) store(shares, g * room + t, load(own, t, 0) * share, 1);
    }
    for (long d = 0; d < width; d += 4 * SIDE)
        mix_tiles(half, shares, values + d, many, width, seen, room,
                  width - d < 4 * SIDE ? width - d : 4 * SIDE, to(out, d, half));
}
#else
static void shape_tiles_to_attend(long many) { (void)many; }

INLINE void attend_tiles(int half, const void *q, const uint16_t *keys, const uint16_t *values,
                         long many, long width, long seen, float *weights, void *out) {
    (void)half, (void)q, (void)keys, (void)values, (void)many, (void)width, (void)seen;
    (void)weights, (void)out;
}
#endif

INLINE void keep(int half, int cached, const void *new, void *kept, long width) {
    if (half == cached) memcpy(kept, new, width * (half ? 2 : 4));
    else for (long d = 0; d < width; d += 16) store(kept, d, load(new, d, 0), 1);
}

/* Of each row the new key and value [K, d] are written behind those it has, in blocks [rows, K,
   columns, d], bfloat16 where `cached` says so; its queries [H, d] attend to them all. Row n of the
   block is number order[n] of the tokens, whose queries and keys are `stride` apart. */
void attend(int half, int threads, const void *q, const void *k, const void *v, void *keys,
            void *values, void *out, const int64_t *order, const int64_t *lengths, long rows,
            long heads, long kv_heads, long width, long columns, long stride, long stride_v,
            long cached) {
    long group = heads / kv_heads, most = 0;
    for (long n = 0; n < rows; n++) most = lengths[n] > most ? lengths[n] : most;
#pragma omp parallel num_threads(threads) if (rows * heads * width * most > ENOUGH)
    {
        int in_tiles = tiled(cached, width / 2) && group <= SIDE && columns % SIDE == 0;
        float *weights = malloc((group > 4 ? group : 4) * (most + 2 * SIDE) * 6);
        if (in_tiles) shape_tiles_to_attend(group);
#pragma omp for schedule(dynamic, 4)
        for (long place = 0; place < rows * kv_heads; place++) {
            long n = place / kv_heads, h = place % kv_heads, seen = lengths[n];
            long asked = order ? order[n] : n, first = place * columns * width;
            const void *query = at(q, asked * stride + h * group * width, half);
            const void *key = at(k, asked * stride + h * width, half);
            const void *value = at(v, asked * stride_v + h * width, half);
            void *own_keys = to(keys, first, cached), *own_values = to(values, first, cached);
            void *mixed = to(out, (asked * heads + h * group) * width, half);
#define OF_ROW query, own_keys, own_values, group, width, seen + 1, weights, mixed
            keep(half, cached, key, to(own_keys, seen * width, cached), width);
            keep(half, cached, value, to(own_values, seen * width, cached), width);
            if (in_tiles) WITH(half, attend_tiles, OF_ROW);
            else if (cached) WITH(half, attend_all, 1, OF_ROW);
            else attend_all(0, 0, OF_ROW);
#undef OF_ROW
        }
        if (in_tiles) release_tiles();
        free(weights);
    }
}
