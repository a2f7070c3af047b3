/* The decoder in C: its products, and its small operations, each in one pass over memory.

   Between two products of matrices torch makes ten calls and as many passes; for a few rows the
   calls take longer than the products. These do the same arithmetic, rounded where torch rounds.
   Rows are independent of one another, so that a row comes out the same to the bit in whatever
   batch it stands. */

#include <stdlib.h>
#include <string.h>

#include "vectors.h"

#define ENOUGH 16384 /* numbers to work on, from which a second thread pays */
#define BLOCK 256    /* of the vocabulary, summed in fp32; the sums in double */

INLINE void add_norm_row(int half, float *x, const void *delta, const void *weight, void *out,
                         long width, float eps) {
    vec squares = {0};
    for (long i = 0; i < width; i += 16) {
        vec own = load(x, i, 0);
        if (delta) own += load(delta, i, half);
        store(x, i, own, 0);
        squares += own * own;
    }
    float scale = 1.0f / sqrtf(sum(squares) / width + eps);
    for (long i = 0; i < width; i += 16) {
        vec own = rounded(load(x, i, 0) * scale, half);
        store(out, i, own * load(weight, i, half), half);
    }
}

/* x [N, D] += delta [N, D] unless it is null; out [N, D] = norm(x) * weight [D] */
void add_norm(int half, int threads, float *x, const void *delta, const void *weight, void *out,
              long rows, long width, float eps) {
#pragma omp parallel for num_threads(threads) if (rows * width > ENOUGH)
    for (long n = 0; n < rows * width; n += width)
        WITH(half, add_norm_row, x + n, delta ? at(delta, n, half) : NULL, weight,
             to(out, n, half), width, eps);
}

INLINE void rotate_head(int half, void *x, const void *cos, const void *sin, long width) {
    for (long low = 0, high = width / 2; low < width / 2; low += 16, high += 16) {
        vec a = load(x, low, half), b = load(x, high, half);
        store(x, low, rounded(a * load(cos, low, half), half) +
                          rounded(b * load(sin, low, half), half), half);
        store(x, high, rounded(b * load(cos, high, half), half) +
                           rounded(a * load(sin, high, half), half), half);
    }
}

/* heads [N, H, d], rows `stride` apart, turned in place by cos and signed sin [N, d] */
void rotate(int half, int threads, void *x, const void *cos, const void *sin, long rows, long heads,
            long width, long stride) {
#pragma omp parallel for num_threads(threads) if (rows * heads * width > ENOUGH)
    for (long n = 0; n < rows; n++)
        for (long h = 0; h < heads; h++)
            WITH(half, rotate_head, to(x, n * stride + h * width, half), at(cos, n * width, half),
                 at(sin, n * width, half), width);
}

INLINE void gated_row(int half, const void *gate_up, void *out, long width) {
    for (long i = 0; i < width; i += 16) {
        vec gate = load(gate_up, i, half), up = load(gate_up, i + width, half);
        gate = rounded(gate / (1.0f + exponential(-gate)), half);
        store(out, i, gate * up, half);
    }
}

/* out [N, M] = silu(gate) * up, which stand side by side in [N, 2 M] */
void gated(int half, int threads, const void *gate_up, void *out, long rows, long width) {
#pragma omp parallel for num_threads(threads) if (rows * width > ENOUGH)
    for (long n = 0; n < rows * width; n += width)
        WITH(half, gated_row, at(gate_up, 2 * n, half), to(out, n, half), width);
}

/* `many` queries [many, d] against `seen` keys and values [seen, d], d = 16 `wide`: out [many, d].
   `weights` has room for [many, seen], seen rounded up to 16. */
INLINE void attend_some(int half, int many, int wide, const void *q, const void *keys,
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
            for (int w = 0; w < wide; w++) keys_16[t][w] = load(keys, (from * wide + w) * 16, half);
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
            vec value = load(values, (t * wide + w) * 16, half);
            for (int g = 0; g < many; g++) mixed[g][w] += weights[g * room + t] * value;
        }
    for (int g = 0; g < many; g++)
        for (int w = 0; w < wide; w++) store(out, (g * wide + w) * 16, mixed[g][w], half);
}

/* The same for any `many`, a few at a time, and the three widths. */
INLINE void attend_all(int half, const void *q, const void *keys, const void *values, long many,
                       long width, long seen, float *weights, void *out) {
    while (many > 0) {
        long some = many > 4 ? 3 : many;
#define CASE(m, wide)                                                                              \
    if (some == m && width == 16 * wide)                                                           \
        attend_some(half, m, wide, q, keys, values, seen, weights, out);
        CASE(1, 2) CASE(2, 2) CASE(3, 2) CASE(4, 2)
        CASE(1, 4) CASE(2, 4) CASE(3, 4) CASE(4, 4)
        CASE(1, 8) CASE(2, 8) CASE(3, 8) CASE(4, 8)
#undef CASE
        q = at(q, some * width, half), out = to(out, some * width, half);
        many -= some;
    }
}

/* Of each row the new key and value [K, d] are written behind those it has, in blocks [rows, K,
   columns, d]; its queries [H, d] attend to them all. Row n of the block is number order[n] of the
   tokens, whose queries and keys are `stride` apart. */
void attend(int half, int threads, const void *q, const void *k, const void *v, void *keys,
            void *values, void *out, const int64_t *order, const int64_t *lengths, long rows,
            long heads, long kv_heads, long width, long columns, long stride, long stride_v) {
    long group = heads / kv_heads, bytes = width * (half ? 2 : 4), most = 0;
    for (long n = 0; n < rows; n++) most = lengths[n] > most ? lengths[n] : most;
#pragma omp parallel num_threads(threads) if (rows * heads * width * most > ENOUGH)
    {
        float *weights = malloc(4 * (most + 16) * sizeof(float));
#pragma omp for schedule(dynamic, 4)
        for (long place = 0; place < rows * kv_heads; place++) {
            long n = place / kv_heads, h = place % kv_heads, seen = lengths[n];
            long asked = order ? order[n] : n, first = place * columns * width;
            const void *query = at(q, asked * stride + h * group * width, half);
            const void *own_keys = at(keys, first, half), *own_values = at(values, first, half);
            void *mixed = to(out, (asked * heads + h * group) * width, half);
            memcpy(to(keys, first + seen * width, half),
                   at(k, asked * stride + h * width, half), bytes);
            memcpy(to(values, first + seen * width, half),
                   at(v, asked * stride_v + h * width, half), bytes);
            WITH(half, attend_all, query, own_keys, own_values, group, width, seen + 1, weights,
                 mixed);
        }
        free(weights);
    }
}

#define PANEL 32 /* columns that a product takes at once */
#define CHUNK 48 /* rows that stay in the cache while it goes over all columns */
#if defined(__AVX512F__)
#define REGISTER 64 /* bytes */
#define TILE 12     /* rows: as many sums as there are registers for */
#elif defined(__AVX__)
#define REGISTER 32
#define TILE 3
#else
#define REGISTER 16
#define TILE 3
#endif
#define PARTS (4 * PANEL / REGISTER) /* registers for a row of a panel */
#define UNROLL _Pragma("GCC unroll 16")

typedef float lanes __attribute__((vector_size(REGISTER), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(REGISTER), aligned(4), may_alias));

/* A product of two numbers added in each lane; of bfloat16, two products of a pair in 32 bits. */
INLINE lanes add_product(int half, lanes sum, words x, words w) {
    if (!half) return sum + (lanes)x * (lanes)w;
#ifdef __AVX512BF16__
    return (lanes)_mm512_dpbf16_ps((__m512)sum, (__m512bh)x, (__m512bh)w);
#else
    sum += (lanes)(x << 16) * (lanes)(w << 16);
    return sum + (lanes)(x & 0xffff0000) * (lanes)(w & 0xffff0000);
#endif
}

/* `some` rows of x times one panel: out [some, O] from `column` on; sums stay in registers. */
INLINE void multiply_tile(int half, int half_out, int some, const uint32_t *x, const words *panel,
                          void *out, long inner, long column, long outer) {
    lanes sums[some][PARTS];
    UNROLL for (int r = 0; r < some; r++)
        UNROLL for (int p = 0; p < PARTS; p++) sums[r][p] = (lanes){0};
    for (long k = 0; k < inner; k++, panel += PARTS)
        UNROLL for (int r = 0; r < some; r++) {
            words own = (words){0} + x[r * inner + k];
            UNROLL for (int p = 0; p < PARTS; p++)
                sums[r][p] = add_product(half, sums[r][p], own, panel[p]);
        }
    for (int r = 0; r < some; r++, out = to(out, outer, half_out))
        for (long i = 0; i < PANEL; i += 16) {
            const float *own = (const float *)sums[r] + i;
            long first = column + i, left = outer - first;
            if (left >= 16) store(out, first, load(own, 0, 0), half_out);
            else for (long j = 0; j < left; j++) put(out, first + j, own[j], half_out);
        }
}

static void multiply_panel(int half, int half_out, const uint32_t *x, const words *panel, void *out,
                           long rows, long inner, long column, long outer) {
    while (rows > 0) {
        long some = rows <= TILE ? rows : rows < 2 * TILE ? (rows + 1) / 2 : TILE;
#define CASE(n)                                                                                    \
    if (some == n) {                                                                               \
        if (half_out) multiply_tile(1, 1, n, x, panel, out, inner, column, outer);                 \
        else WITH(half, multiply_tile, 0, n, x, panel, out, inner, column, outer);                 \
    }
        CASE(1) CASE(2) CASE(3)
#if TILE == 12
        CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
#undef CASE
        x += some * inner, out = to(out, some * outer, half_out), rows -= some;
    }
}

/* out [N, O] = x [N, I] W^T. W comes in panels of PANEL of its rows, [panels, words, PANEL], filled
   up with zeros; a word of 32 bits is one float, or two bfloat16 that stand side by side. */
void multiply(int half, int threads, int half_out, const void *x, const void *packed, void *out,
              long rows, long inner, long outer) {
    long panels = (outer - 1) / PANEL + 1, chunks = (rows - 1) / CHUNK + 1;
    inner = half ? inner / 2 : inner;
#pragma omp parallel for num_threads(threads) if (rows * inner * outer > 4 * ENOUGH)
    for (long n = 0; n < chunks * panels; n++) {
        long chunk = n / panels, panel = n % panels;
        long from = rows * chunk / chunks, end = rows * (chunk + 1) / chunks;
        multiply_panel(half, half_out, (const uint32_t *)x + from * inner,
                       (const words *)packed + panel * inner * PARTS,
                       to(out, from * outer, half_out), end - from, inner, PANEL * panel, outer);
    }
}

enum { ATTN_NORM, QKV, OUT, MLP_NORM, GATE_UP, DOWN, PER_LAYER };

/* One token of each row through all layers: x [N, D] += what they add. `weights` are those of one
   layer after the other, matrices packed; `layer` numbers lie between the keys of two layers. */
void decode(int half, int threads, const void *const *weights, float *x, const void *cos,
            const void *sin, void *keys, void *values, const int64_t *order, const int64_t *lengths,
            const long *sizes, float eps) {
    long layers = sizes[0], rows = sizes[1], width = sizes[2], heads = sizes[3];
    long kv_heads = sizes[4], head = sizes[5], mlp = sizes[6], columns = sizes[7];
    long layer = sizes[8], q_width = heads * head, kv_width = kv_heads * head;
    long total = q_width + 2 * kv_width, widest = total > 2 * mlp ? total : 2 * mlp;
    widest = widest > width ? widest : width;
    void *narrow = malloc(3 * rows * widest * sizeof(float));
    void *many = to(narrow, rows * widest, half), *delta = to(many, rows * widest, half);
    for (long n = 0; n < layers; n++, weights += PER_LAYER) {
        void *k = to(many, q_width, half), *v = to(k, kv_width, half);
        add_norm(half, threads, x, n ? delta : NULL, weights[ATTN_NORM], narrow, rows, width, eps);
        multiply(half, threads, half, narrow, weights[QKV], many, rows, width, total);
        rotate(half, threads, many, cos, sin, rows, heads + kv_heads, head, total);
        attend(half, threads, many, k, v, to(keys, n * layer, half), to(values, n * layer, half),
               narrow, order, lengths, rows, heads, kv_heads, head, columns, total, total);
        multiply(half, threads, half, narrow, weights[OUT], delta, rows, q_width, width);
        add_norm(half, threads, x, delta, weights[MLP_NORM], narrow, rows, width, eps);
        multiply(half, threads, half, narrow, weights[GATE_UP], many, rows, width, 2 * mlp);
        gated(half, threads, many, narrow, rows, mlp);
        multiply(half, threads, half, narrow, weights[DOWN], delta, rows, mlp, width);
    }
    for (long i = 0; i < rows * width; i += 16)
        store(x, i, load(x, i, 0) + load(delta, i, half), 0);
    free(narrow);
}

INLINE int64_t draw(const float *weights, const float *sums, long size, double goal) {
    long blocks = (size + BLOCK - 1) / BLOCK, b = 0, chosen = 0;
    double before = 0;
    while (b < blocks - 1 && before + sums[b] <= goal) before += sums[b++];
    long end = (b + 1) * BLOCK < size ? (b + 1) * BLOCK : size;
    for (long i = b * BLOCK; i < end; i++) {
        if (weights[i] > 0) chosen = i;
        before += weights[i];
        if (before > goal) break;
    }
    return chosen;
}

/* From each row of logits [N, V], which are overwritten, a token and its log-probability. */
void sample(int half, int threads, float *logits, const float *temperatures, const float *uniforms,
            const int64_t *forced, int64_t *tokens, float *logprobs, long rows, long size) {
    (void)half;
    long blocks = (size + BLOCK - 1) / BLOCK;
#pragma omp parallel for num_threads(threads) if (rows * size > ENOUGH)
    for (long n = 0; n < rows; n++) {
        float *own = logits + n * size, top = largest(own, size), sums[blocks];
        float scale = temperatures[n] == 0 ? 1.0f : temperatures[n];
        double total = 0;
        int64_t fixed = forced[n];
        if (fixed < 0 && temperatures[n] == 0)
            for (fixed = 0; fixed < size - 1 && own[fixed] != top;) fixed++;
        float logit = fixed < 0 ? 0 : (own[fixed] - top) / scale;
        for (long b = 0; b < blocks; b++) {
            long end = (b + 1) * BLOCK < size ? (b + 1) * BLOCK : size;
            total += sums[b] = exponentials(own + b * BLOCK, end - b * BLOCK, top, scale);
        }
        tokens[n] = fixed < 0 ? draw(own, sums, size, uniforms[n] * total) : fixed;
        logprobs[n] = (fixed < 0 ? logf(own[tokens[n]]) : logit) - logf((float)total);
    }
}
