/* Attention within packed sequences of bfloat16, and its gradient.

   A row of queries attends to the tokens before it (of its prompt) and to its own up to each. All
   products are of blocks: 32 rows, in steps of 32 numbers, times 16 columns, whose numbers stand in
   pairs. The scores of 32 queries are computed whole, once forward and once more for the gradient,
   so that nothing is kept between the two. */

#pragma once

#include <stdlib.h>
#include <string.h>

#include "tiles.h"
#include "vectors.h"

#ifdef __AVX512BF16__
enum { QUERIES = TWO_TILES, BLOCK_WORDS = SIDE * SIDE };

/* Packed sequences: of each row the first token before it and their number, its own first token
   and their number, and the number of its prompt; rows of one prompt share keys. */
struct rows {
    const int64_t *begins, *before, *starts, *own, *prompt;
    long num, prompts;
};

/* sums [32, 16], in lines of `stride`, (+)= the sum of `count` products of a [32, 32], in lines of
   `line` and `step` apart, and blocks b, `jump` apart. */
INLINE void multiply_blocks(int add, float *sums, long stride, const uint16_t *a, long line,
                            long step, const uint32_t *b, long jump, long count) {
#ifdef __AMX_BF16__
    if (allowed) {
        __asm__ volatile("" ::: "memory");
        if (add) {
            _tile_loadd(0, sums, 4 * stride);
            _tile_loadd(1, sums + SIDE * stride, 4 * stride);
        } else {
            _tile_zero(0);
            _tile_zero(1);
        }
        for (long i = 0; i < count; i++, a += step, b += jump) {
            _tile_loadd(4, a, 2 * line);
            _tile_loadd(6, b, 4 * SIDE);
            _tile_dpbf16ps(0, 4, 6);
            _tile_loadd(5, a + SIDE * line, 2 * line);
            _tile_dpbf16ps(1, 5, 6);
        }
        _tile_stored(0, sums, 4 * stride);
        _tile_stored(1, sums + SIDE * stride, 4 * stride);
        return;
    }
#endif
    for (int half = 0; half < 2; half++, a += SIDE * line, sums += SIDE * stride) {
        __m512 own[SIDE];
        UNROLL for (int r = 0; r < SIDE; r++)
            own[r] = add ? _mm512_loadu_ps(sums + r * stride) : _mm512_setzero_ps();
        for (long i = 0; i < count; i++)
            for (int p = 0; p < SIDE; p++) {
                __m512i pair = _mm512_loadu_si512(b + i * jump + p * SIDE);
                UNROLL for (int r = 0; r < SIDE; r++) {
                    uint32_t word;
                    memcpy(&word, a + r * line + i * step + 2 * p, 4);
                    own[r] = _mm512_dpbf16_ps(own[r], (__m512bh)_mm512_set1_epi32(word),
                                              (__m512bh)pair);
                }
            }
        UNROLL for (int r = 0; r < SIDE; r++) _mm512_storeu_ps(sums + r * stride, own[r]);
    }
}

/* Blocks [size / 16, d / 32] of the transpose of x [size, d]: a column is a line of x. */
static void blocks_across(const uint16_t *x, long size, long d, uint32_t *blocks) {
    for (long t = 0; t < size; t += SIDE)
        for (long c = 0; c < d; c += TWO_TILES, blocks += BLOCK_WORDS) {
            vec lines[SIDE];
            for (int i = 0; i < SIDE; i++) lines[i] = *(const vec *)(x + (t + i) * d + c);
            transpose(SIDE, lines);
            memcpy(blocks, lines, sizeof lines);
        }
}

/* Blocks [size / 32, width / 16] of x [size, width], in lines of `line`. */
static void blocks_along(const uint16_t *x, long size, long width, long line, uint32_t *blocks) {
    for (long t = 0; t < size; t += TWO_TILES)
        for (long c = 0; c < width; c += TWO_TILES, blocks += 2 * BLOCK_WORDS)
            for (int p = 0; p < SIDE; p++) {
                const uint16_t *two = x + (t + 2 * p) * line + c;
                pair_up(*(const pairs *)two, *(const pairs *)(two + line), blocks + p * SIDE,
                        blocks + BLOCK_WORDS + p * SIDE);
            }
}

INLINE long up_to_a_block(long size) { return (size + TWO_TILES - 1) / TWO_TILES * TWO_TILES; }

/* What a thread works with, for up to `room` keys of width d. */
struct space {
    long room;
    uint16_t *some, *queries, *grads, *shares, *turned;
    uint32_t *keys, *keys_along, *values, *paired;
    float *scores, *more, *grad_keys, *grad_values;
};

static struct space space_for(long most, long d) {
    long room = up_to_a_block(most), size = room * d;
    struct space s = {.room = room};
    long lines = QUERIES * room, own = QUERIES * d;
    char *free_from = calloc(1, 16 * size + 6 * own + 12 * lines);
#define TAKE(name, count) s.name = (void *)free_from, free_from += (count) * sizeof *s.name
    TAKE(some, size), TAKE(queries, own), TAKE(grads, own), TAKE(shares, lines), TAKE(turned, own);
    TAKE(keys, size / 2), TAKE(keys_along, size / 2), TAKE(values, size / 2);
    TAKE(paired, lines / 2);
    TAKE(scores, lines), TAKE(more, lines), TAKE(grad_keys, size), TAKE(grad_values, size);
#undef TAKE
    return s;
}

/* The keys or values [room, d] that a row attends to, followed by zeros to a multiple of 32. */
static long gather(const struct rows *rows, long r, const uint16_t *x, long stride, long d,
                   uint16_t *out) {
    long before = rows->before[r], seen = before + rows->own[r];
    long size = up_to_a_block(seen);
    for (long t = 0; t < seen; t++) {
        long token = t < before ? rows->begins[r] + t : rows->starts[r] + t - before;
        memcpy(out + t * d, x + token * stride, 2 * d);
    }
    memset(out + seen * d, 0, 2 * (size - seen) * d);
    return size;
}

/* Lines [32, d] of which `num` are read, times a scale. */
static void read_lines(const uint16_t *x, long stride, long num, long d, float scale,
                       uint16_t *out) {
    for (long i = 0; i < num; i++)
        for (long c = 0; c < d; c += 16)
            store(out, i * d + c, load(x, i * stride + c, 1) * scale, 1);
    memset(out + num * d, 0, 2 * (QUERIES - num) * d);
}

/* Shares of the first `size` keys for `num` queries, the first of which sees `seen`: in fp32 where
   the scores were, and in bfloat16, where those of other queries are 0. */
static void share_keys(struct space *s, long size, long num, long seen, long d) {
    for (long t = 0; t < size; t += SIDE)
        multiply_blocks(0, s->scores + t, s->room, s->queries, d, TWO_TILES,
                        s->keys + t / SIDE * (d / TWO_TILES) * BLOCK_WORDS, BLOCK_WORDS,
                        d / TWO_TILES);
    for (long i = 0; i < QUERIES; i++) {
        float *own = s->scores + i * s->room;
        if (i >= num) {
            memset(s->shares + i * s->room, 0, size * sizeof *s->shares);
            continue;
        }
        for (long t = seen + i; t < size; t++) own[t] = -INFINITY;
        float share = 1.0f / exponentials(own, size, largest(own, size), 1.0f);
        for (long t = 0; t < size; t += 16) {
            store(own, t, load(own, t, 0) * share, 0);
            store(s->shares, i * s->room + t, load(own, t, 0), 1);
        }
    }
}

/* out [num, d], in lines of `stride`, = scale * shares [32, size] times blocks of keys or values.*/
static void mix(struct space *s, const uint32_t *blocks, long size, long num, long d, float scale,
                uint16_t *out, long stride) {
    float sums[QUERIES * SIDE];
    for (long c = 0; c < d; c += SIDE) {
        multiply_blocks(0, sums, SIDE, s->shares, s->room, TWO_TILES, blocks + c * SIDE, d * SIDE,
                        size / TWO_TILES);
        for (long i = 0; i < num; i++)
            store(out, i * stride + c, load(sums, i * SIDE, 0) * scale, 1);
    }
}

/* sums [d, room] += the transpose of lines [32, d] times shares [32, size]. */
static void add_turned(struct space *s, const uint16_t *lines, long size, long d, float *sums) {
    blocks_along(s->shares, QUERIES, size, s->room, s->paired);
    for (long c = 0; c < d; c++)
        for (long i = 0; i < QUERIES; i++) s->turned[c * QUERIES + i] = lines[i * d + c];
    for (long t = 0; t < size; t += SIDE)
        for (long c = 0; c < d; c += QUERIES)
            multiply_blocks(1, sums + c * s->room + t, s->room, s->turned + c * QUERIES, QUERIES, 0,
                            s->paired + t * SIDE, 0, 1);
}

/* shares = shares * (more - their sum): the gradient of the scores. */
static void to_grad_of_scores(struct space *s, long size, long num) {
    for (long i = 0; i < num; i++) {
        float *own = s->scores + i * s->room, *grad = s->more + i * s->room;
        vec along = {0};
        for (long t = 0; t < size; t += 16) along += load(own, t, 0) * load(grad, t, 0);
        float total = sum(along);
        for (long t = 0; t < size; t += 16)
            store(s->shares, i * s->room + t, load(own, t, 0) * (load(grad, t, 0) - total), 1);
    }
}

/* The gradient [d, room] of gathered keys or values, added to that of all tokens. */
static void add_gathered(const struct rows *rows, long r, struct space *s, const float *grad,
                         long d, float *out, long stride) {
    long before = rows->before[r], seen = before + rows->own[r];
    for (long c = 0; c < d; c += SIDE)
        for (long t = 0; t < seen; t += SIDE) {
            vec lines[SIDE];
            for (int i = 0; i < SIDE; i++) lines[i] = load(grad, (c + i) * s->room + t, 0);
            transpose(SIDE, lines);
            for (long i = 0; i < SIDE && t + i < seen; i++) {
                long own = t + i - before, token = own < 0 ? rows->begins[r] + t + i
                                                           : rows->starts[r] + own;
                float *to = out + token * stride + c;
                store(to, 0, load(to, 0, 0) + lines[i], 0);
            }
        }
}

/* Queries [N, H, d], keys and values [N, K, d], with tokens so far apart, and the result [N, H, d],
   or its gradient. */
struct heads {
    const uint16_t *q, *k, *v;
    uint16_t *out;
    long apart_q, apart_k, apart_v, num, num_kv, d;
};

/* Gradients, from zeros: q's in bfloat16, those of k and v in fp32. */
struct grads {
    uint16_t *q;
    float *k, *v;
};

/* Shares for up to 32 queries of one head, from the row's own token `from`; returns the number of
   keys that they may see, in whole blocks. */
static long begin(const struct heads *x, const struct rows *rows, long r, long from, long g,
                  long num, struct space *s) {
    long before = rows->before[r] + from, size = up_to_a_block(before + num);
    const uint16_t *q = x->q + (rows->starts[r] + from) * x->apart_q + g * x->d;
    read_lines(q, x->apart_q, num, x->d, 1.0f / sqrtf(x->d), s->queries);
    share_keys(s, size, num, before + 1, x->d);
    return size;
}

/* Of one row and key head: the blocks of queries of number `part`, and each `parts`-th after it. */
static void attend_row(const struct heads *x, const struct rows *rows, long r, long h, long part,
                       long parts, struct space *s) {
    long d = x->d, group = x->num / x->num_kv, own = rows->own[r];
    long size = gather(rows, r, x->k + h * d, x->apart_k, d, s->some);
    blocks_across(s->some, size, d, s->keys);
    gather(rows, r, x->v + h * d, x->apart_v, d, s->some);
    blocks_along(s->some, size, d, d, s->values);
    for (long from = part * QUERIES; from < own; from += parts * QUERIES)
        for (long g = h * group; g < (h + 1) * group; g++) {
            long num = own - from < QUERIES ? own - from : QUERIES;
            long seen = begin(x, rows, r, from, g, num, s);
            mix(s, s->values, seen, num, d, 1, x->out + ((rows->starts[r] + from) * x->num + g) * d,
                x->num * d);
        }
}

static void attend_row_grad(const struct heads *x, const struct rows *rows, long r, long h,
                            struct space *s, const struct grads *grads) {
    long d = x->d, group = x->num / x->num_kv, own = rows->own[r];
    long size = gather(rows, r, x->k + h * d, x->apart_k, d, s->some), step = d / TWO_TILES;
    blocks_across(s->some, size, d, s->keys);
    blocks_along(s->some, size, d, d, s->keys_along);
    gather(rows, r, x->v + h * d, x->apart_v, d, s->some);
    blocks_across(s->some, size, d, s->values);
    memset(s->grad_keys, 0, d * s->room * sizeof(float));
    memset(s->grad_values, 0, d * s->room * sizeof(float));
    for (long from = 0; from < own; from += QUERIES)
        for (long g = h * group; g < (h + 1) * group; g++) {
            long num = own - from < QUERIES ? own - from : QUERIES;
            long seen = begin(x, rows, r, from, g, num, s);
            long place = ((rows->starts[r] + from) * x->num + g) * d;
            read_lines(x->out + place, x->num * d, num, d, 1, s->grads);
            add_turned(s, s->grads, seen, d, s->grad_values);
            for (long t = 0; t < seen; t += SIDE)
                multiply_blocks(0, s->more + t, s->room, s->grads, d, TWO_TILES,
                                s->values + t / SIDE * step * BLOCK_WORDS, BLOCK_WORDS, step);
            to_grad_of_scores(s, seen, num);
            add_turned(s, s->queries, seen, d, s->grad_keys);
            mix(s, s->keys_along, seen, num, d, 1.0f / sqrtf(d), grads->q + place, x->num * d);
        }
    add_gathered(rows, r, s, s->grad_keys, d, grads->k + h * d, x->num_kv * d);
    add_gathered(rows, r, s, s->grad_values, d, grads->v + h * d, x->num_kv * d);
}

/* Rows of one prompt and key head are one thread's, so that sums of gradients have one order.
   Without gradients few of them are divided. */
static void attend_rows(int threads, const struct heads *x, const struct rows *rows,
                        const struct grads *grads) {
    long most = 0;
    for (long r = 0; r < rows->num; r++)
        if (rows->before[r] + rows->own[r] > most) most = rows->before[r] + rows->own[r];
    long tasks = rows->prompts * x->num_kv, parts = grads ? 1 : 1 + 3 * threads / tasks;
#pragma omp parallel num_threads(threads)
    {
        struct space s = space_for(most, x->d);
        if (allowed) load_shape((long[]){SIDE, SIDE, 0, 0, SIDE, SIDE, SIDE, 0});
#pragma omp for schedule(dynamic, 1)
        for (long task = 0; task < tasks * parts; task++)
            for (long r = 0, own = task / parts; r < rows->num; r++) {
                if (rows->prompt[r] != own / x->num_kv) continue;
                if (grads) attend_row_grad(x, rows, r, own % x->num_kv, &s, grads);
                else attend_row(x, rows, r, own % x->num_kv, task % parts, parts, &s);
            }
        if (allowed) release_tiles();
        free(s.some);
    }
}
#endif

/* Whether `attend_tree` is there; it takes bfloat16. */
int has_tree_attention(void) {
#ifdef __AVX512BF16__
    return 1;
#else
    return 0;
#endif
}

/* `rows` [5, num]: see `struct rows`; `sizes`: the last six of `struct heads`. Without `grad_q` the
   result is written to `out`, else `out` holds its gradient. */
void attend_tree(int half, int threads, const void *q, const void *k, const void *v, void *out,
                 void *grad_q, void *grad_k, void *grad_v, const int64_t *rows, long num,
                 long prompts, const long *sizes) {
    (void)half;
#ifdef __AVX512BF16__
    const int64_t *starts = rows + 2 * num, *prompt = rows + 4 * num;
    struct rows own = {rows, rows + num, starts, starts + num, prompt, num, prompts};
    struct heads x = {q, k, v, out, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]};
    struct grads grads = {grad_q, grad_k, grad_v};
    attend_rows(threads, &x, &own, grad_q ? &grads : NULL);
#else
    (void)threads, (void)q, (void)k, (void)v, (void)out, (void)grad_q, (void)grad_k, (void)grad_v;
    (void)rows, (void)num, (void)prompts, (void)sizes;
#endif
}
