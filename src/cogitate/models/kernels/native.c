/* The decoder in C: its products, and its small operations, each in one pass over memory.

   Between two products of matrices torch makes ten calls and as many passes; for a few rows the
   calls take longer than the products. These do the same arithmetic, rounded where torch rounds.
   Rows are independent of one another, so that a row comes out the same to the bit in whatever
   batch it stands. */

#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "gradients.h"
#include "quantized.h"
#include "tiles.h"
#include "tree.h"
#include "vectors.h"

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

#define PANEL TWO_TILES /* columns that a product takes at once */
#define CHUNK 48 /* rows that stay in the cache while it goes over all columns */
#define TILE (REGISTER == 64 ? 12 : 3) /* rows: as many sums as there are registers for */
#define PARTS (4 * PANEL / REGISTER) /* registers for a row of a panel */

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

static void add_bias(int half, void *x, const void *bias, long rows, long width) {
    long whole = width - width % 16;
    for (long n = 0; n < rows * width; n += width) {
        for (long i = 0; i < whole; i += 16)
            store(x, n + i, load(x, n + i, half) + load(bias, i, half), half);
        for (long i = whole; i < width; i++)
            put(x, n + i, get(x, n + i, half) + get(bias, i, half), half);
    }
}

/* `some` rows of x times one panel, of which `left` columns are left to write; sums stay in
   registers. Rows of out are `stride` apart. */
INLINE void multiply_tile(int half, int half_out, int some, const uint32_t *x, const words *panel,
                          void *out, long inner, long left, long stride) {
    lanes sums[some][PARTS];
    UNROLL for (int r = 0; r < some; r++)
        UNROLL for (int p = 0; p < PARTS; p++) sums[r][p] = (lanes){0};
    for (long k = 0; k < inner; k++, panel += PARTS)
        UNROLL for (int r = 0; r < some; r++) {
            words own = (words){0} + x[r * inner + k];
            UNROLL for (int p = 0; p < PARTS; p++)
                sums[r][p] = add_product(half, sums[r][p], own, panel[p]);
        }
    write_sums(half_out, some, PANEL, (const float *)sums, out, left, stride);
}

static void multiply_panel(int half, int half_out, const uint32_t *x, const words *panel, void *out,
                           long rows, long inner, long left, long stride) {
    if (tiled(half, inner)) {
        multiply_tiles(half_out, x, (const uint32_t *)panel, out, rows, inner, left, stride);
        return;
    }
    while (rows > 0) {
        long some = rows <= TILE ? rows : rows < 2 * TILE ? (rows + 1) / 2 : TILE;
#define CASE(n)                                                                                    \
    if (some == n) {                                                                               \
        if (half_out) multiply_tile(1, 1, n, x, panel, out, inner, left, stride);                  \
        else WITH(half, multiply_tile, 0, n, x, panel, out, inner, left, stride);                  \
    }
        CASE(1) CASE(2) CASE(3)
#if REGISTER == 64
        CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
#undef CASE
        x += some * inner, out = to(out, some * stride, half_out), rows -= some;
    }
}

/* out [N, O] = x [N, I] W^T. W comes in panels of PANEL of its rows, [panels, words, PANEL], filled
   up with zeros; a word of 32 bits is one float, or two bfloat16 that stand side by side. */
static void multiply_plain(int half, int threads, int half_out, const void *x, const void *packed,
                           void *out, long rows, long inner, long outer, long stride) {
    inner = half ? inner / 2 : inner;
    long most = tiled(half, inner) ? rows_in_cache(inner) : CHUNK;
    long panels = (outer - 1) / PANEL + 1, chunks = (rows - 1) / most + 1;
#pragma omp parallel for num_threads(threads) if (rows * inner * outer > 4 * ENOUGH)
    for (long n = 0; n < chunks * panels; n++) {
        long chunk = n / panels, column = n % panels * PANEL;
        long from = rows * chunk / chunks, end = rows * (chunk + 1) / chunks;
        multiply_panel(half, half_out, (const uint32_t *)x + from * inner,
                       (const words *)packed + column / PANEL * inner * PARTS,
                       to(out, from * stride + column, half_out), end - from, inner, outer - column,
                       stride);
    }
}

/* The same with a quantized W, whose numbers are read into words of x's type, a panel at a time. */
static void multiply_expanded(int kind, int half, int threads, int half_out, const void *x,
                              const char *packed, void *out, long rows, long inner, long outer,
                              long stride) {
    long each = bytes_of_panel(kind, inner), num_words = half ? inner / 2 : inner;
#pragma omp parallel num_threads(threads)
    {
        uint32_t *own = calloc(num_words * PANEL, sizeof(uint32_t));
#pragma omp for schedule(dynamic, 4)
        for (long column = 0; column < outer; column += PANEL) {
            for (long i = 0; i < PANEL && column + i < outer; i += COLUMNS)
                expand_panel(kind, half, packed + (column + i) / COLUMNS * each, own + i, inner,
                             PANEL);
            multiply_panel(half, half_out, x, (const words *)own, to(out, column, half_out), rows,
                           num_words, outer - column, stride);
        }
        free(own);
    }
}

/* The same with x in 8 bits. */
static void multiply_eights(int kind, int threads, int half_out, struct eights x,
                            const char *packed, void *out, long rows, long inner, long outer,
                            long stride) {
    long panels = (outer - 1) / COLUMNS + 1, chunks = (rows - 1) / (4 * BLOCK_ROWS) + 1;
    long each = bytes_of_panel(kind, inner);
#pragma omp parallel for num_threads(threads) if (rows * inner * outer > 4 * ENOUGH)
    for (long n = 0; n < chunks * panels; n++) {
        long column = n % panels * COLUMNS, from = n / panels * 4 * BLOCK_ROWS;
        long end = from + 4 * BLOCK_ROWS < rows ? from + 4 * BLOCK_ROWS : rows;
        quantized_panel(kind, half_out, x, packed + column / COLUMNS * each,
                        to(out, column, half_out), from, end, inner, outer - column, stride);
    }
}

static struct eights all_eights(int half, int threads, const void *x, long rows, long inner) {
    long room = rows + BLOCK_ROWS, floats = room * inner / CHUNK_K;
    char *memory = malloc(room * inner + 4 * floats * sizeof(float));
    float *scales = (float *)(memory + room * inner), *totals = scales + floats;
    struct eights all = {(int8_t *)memory, scales, totals, (int32_t *)(totals + floats)};
    long last = (rows - 1) / BLOCK_ROWS * BLOCK_ROWS, end = last + rows_of_block(rows - last);
#pragma omp parallel for num_threads(threads) if (rows * inner > ENOUGH)
    for (long n = 0; n < end; n++) {
        long first = n / BLOCK_ROWS * BLOCK_ROWS, some = rows_of_block(rows - first);
        const void *own = n < rows ? at(x, n * inner, half) : NULL;
        WITH(half, to_eights, own, block_of(all, first, inner), inner, n - first, some);
    }
    return all;
}

/* Rows of a matrix that are stored alike: in float, bfloat16 or FORMATS. */
struct part {
    long kind, outer;
    const void *packed;
};

/* Adds scale * (x down^T) up^T to a product; both are packed, and of x's type. */
struct adapter {
    long rank;
    double scale;
    const void *down, *up;
};

/* A matrix in up to three parts, one below the other, with a bias, or none, and an adapter, or one
   of rank 0. */
struct matrix {
    long parts, total;
    const void *bias;
    struct part part[3];
    struct adapter adapter;
};

static void add_adapted(int half, int threads, int half_out, const void *x, struct adapter a,
                        void *out, long rows, long inner, long total) {
    void *inside = malloc(rows * a.rank * sizeof(float));
    void *more = malloc(rows * total * sizeof(float));
    multiply_plain(half, threads, half, x, a.down, inside, rows, inner, a.rank, a.rank);
    multiply_plain(half, threads, half_out, inside, a.up, more, rows, a.rank, total, total);
    long whole = rows * total / 16 * 16;
    float scale = a.scale;
#pragma omp parallel for num_threads(threads) if (whole > ENOUGH)
    for (long i = 0; i < whole; i += 16)
        store(out, i, load(out, i, half_out) + scale * load(more, i, half_out), half_out);
    for (long i = whole; i < rows * total; i++)
        put(out, i, get(out, i, half_out) + scale * get(more, i, half_out), half_out);
    free(inside), free(more);
}

enum { FLOAT, BFLOAT16, QUANTIZED };
enum { EXPANDED, EIGHT, HALVES };

static void *all_halves(int threads, const float *x, long size) {
    void *out = malloc(size * sizeof(uint16_t));
#pragma omp parallel for num_threads(threads) if (size > ENOUGH)
    for (long i = 0; i < size; i += 16) store(out, i, load(x, i, 0), 1);
    return out;
}

/* out [N, total] = x [N, I] W^T + b and what the adapter adds. Where W is quantized, `way` is to
   expand it to the type of x, to take x in 8 bits, or x in float and both in bfloat16. */
void multiply(int half, int threads, int half_out, int way, const void *x, const struct matrix *w,
              void *out, long rows, long inner) {
    struct eights eights = {0};
    void *halves = NULL;
    void *rest = out;
    for (long p = 0; p < w->parts; p++) {
        struct part own = w->part[p];
        int kind = own.kind;
        if (kind < QUANTIZED)
            multiply_plain(half, threads, half_out, x, own.packed, rest, rows, inner, own.outer,
                           w->total);
        else if (way == EXPANDED || (half && way == HALVES))
            multiply_expanded(kind, half, threads, half_out, x, own.packed, rest, rows, inner,
                              own.outer, w->total);
        else if (way == EIGHT) {
            if (!eights.numbers) eights = all_eights(half, threads, x, rows, inner);
            multiply_eights(kind, threads, half_out, eights, own.packed, rest, rows, inner,
                            own.outer, w->total);
        } else {
            if (!halves) halves = all_halves(threads, x, rows * inner);
            multiply_expanded(kind, 1, threads, half_out, halves, own.packed, rest, rows, inner,
                              own.outer, w->total);
        }
        rest = to(rest, own.outer, half_out);
    }
    free(eights.numbers), free(halves);
    if (w->bias) add_bias(half_out, out, w->bias, rows, w->total);
    if (w->adapter.rank)
        add_adapted(half, threads, half_out, x, w->adapter, out, rows, inner, w->total);
}

/* The weights of one layer; head norms are null where there are none. */
struct layer {
    const void *attn_norm, *q_norm, *k_norm, *mlp_norm;
    struct matrix qkv, out, gate_up, down;
};

INLINE void norm_head(int half, void *x, const void *weight, long width, float eps) {
    vec squares = {0};
    for (long i = 0; i < width; i += 16) squares += load(x, i, half) * load(x, i, half);
    float scale = 1.0f / sqrtf(sum(squares) / width + eps);
    for (long i = 0; i < width; i += 16)
        store(x, i, rounded(load(x, i, half) * scale, half) * load(weight, i, half), half);
}

/* heads [N, H, d], rows `stride` apart, each normalised in place */
static void norm_heads(int half, void *x, const void *weight, long rows, long heads, long width,
                       long stride, float eps) {
    for (long n = 0; n < rows; n++)
        for (long h = 0; h < heads; h++)
            WITH(half, norm_head, to(x, n * stride + h * width, half), weight, width, eps);
}

/* Keys and values of some rows in all layers, and these rows' tokens; see `attend`. */
struct cached {
    void *keys, *values;
    const int64_t *order, *lengths;
    long rows, columns, layer; /* `layer` numbers lie between the keys of two layers */
};

/* One token of each row through all layers: x [N, D] += what they add. Its keys are in `num_cached`
   places, all of one type; see `multiply` for `way`. */
void decode(int half, int threads, const struct layer *weights, float *x, const void *cos,
            const void *sin, const struct cached *cached, const long *sizes, float eps) {
    long layers = sizes[0], rows = sizes[1], width = sizes[2], heads = sizes[3];
    long kv_heads = sizes[4], head = sizes[5], mlp = sizes[6], num_cached = sizes[7];
    long q_width = heads * head, kv_width = kv_heads * head;
    long way = sizes[8], in_bfloat16 = sizes[9];
    long total = q_width + 2 * kv_width, widest = total > 2 * mlp ? total : 2 * mlp;
    widest = widest > width ? widest : width;
    void *narrow = malloc(3 * rows * widest * sizeof(float));
    void *many = to(narrow, rows * widest, half), *delta = to(many, rows * widest, half);
    for (long n = 0; n < layers; n++) {
        const struct layer *w = weights + n;
        void *k = to(many, q_width, half), *v = to(k, kv_width, half);
        add_norm(half, threads, x, n ? delta : NULL, w->attn_norm, narrow, rows, width, eps);
        multiply(half, threads, half, way, narrow, &w->qkv, many, rows, width);
        if (w->q_norm) norm_heads(half, many, w->q_norm, rows, heads, head, total, eps);
        if (w->k_norm) norm_heads(half, k, w->k_norm, rows, kv_heads, head, total, eps);
        rotate(half, threads, many, cos, sin, rows, heads + kv_heads, head, total);
        for (const struct cached *c = cached; c < cached + num_cached; c++)
            attend(half, threads, many, k, v, to(c->keys, n * c->layer, in_bfloat16),
                   to(c->values, n * c->layer, in_bfloat16), narrow, c->order, c->lengths, c->rows,
                   heads, kv_heads, head, c->columns, total, total, in_bfloat16);
        multiply(half, threads, half, way, narrow, &w->out, delta, rows, q_width);
        add_norm(half, threads, x, delta, w->mlp_norm, narrow, rows, width, eps);
        multiply(half, threads, half, way, narrow, &w->gate_up, many, rows, width);
        gated(half, threads, many, narrow, rows, mlp);
        multiply(half, threads, half, way, narrow, &w->down, delta, rows, mlp);
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

/* Of each row of logits [N, V], which are overwritten, the log-probability of its target, and
   unless `kept` is null the probabilities of all tokens. */
void score(int half, int threads, float *logits, const float *temperatures, const int64_t *targets,
           float *logprobs, void *kept, long rows, long size) {
    long whole = size - size % 16;
#pragma omp parallel for num_threads(threads) if (rows * size > ENOUGH)
    for (long n = 0; n < rows; n++) {
        float *own = logits + n * size, top = largest(own, size);
        float logit = (own[targets[n]] - top) / temperatures[n];
        double total = 0;
        for (long i = 0; i < size; i += BLOCK)
            total += exponentials(own + i, size - i < BLOCK ? size - i : BLOCK, top,
                                  temperatures[n]);
        logprobs[n] = logit - logf((float)total);
        if (!kept) continue;
        float share = 1.0f / (float)total;
        for (long i = 0; i < whole; i += 16)
            store(kept, n * size + i, load(own, i, 0) * share, half);
        for (long i = whole; i < size; i++) put(kept, n * size + i, own[i] * share, half);
    }
}
