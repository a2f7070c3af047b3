/* The decoder's small operations, each in one pass over memory.

   Between two products of matrices torch makes ten calls and as many passes; for a few rows the
   calls take longer than the products. These do the same arithmetic, rounded where torch rounds:
   `half` says that T is bfloat16, else it is float. Rows are independent of one another, so that
   a row comes out the same to the bit in whatever batch it stands. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define INLINE static inline __attribute__((always_inline))
#define ENOUGH 16384 /* numbers to work on, from which a second thread pays */
#define BLOCK 256    /* of the vocabulary, summed in fp32; the sums in double */

typedef union { float f; uint32_t u; } bits;

INLINE float widen(uint16_t x) { return (bits){.u = (uint32_t)x << 16}.f; }

INLINE uint16_t narrow(float x) { /* to the nearest, ties to even */
    uint32_t u = (bits){.f = x}.u;
    return x != x ? 0x7fc0 : (uint16_t)((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}

INLINE float get(const void *p, ptrdiff_t i, int half) {
    return half ? widen(((const uint16_t *)p)[i]) : ((const float *)p)[i];
}

INLINE void put(void *p, ptrdiff_t i, float x, int half) {
    if (half) ((uint16_t *)p)[i] = narrow(x);
    else ((float *)p)[i] = x;
}

INLINE float rounded(float x, int half) { return half ? widen(narrow(x)) : x; }

INLINE const void *at(const void *p, ptrdiff_t i, int half) {
    return (const char *)p + i * (half ? 2 : 4);
}

INLINE float exponential(float x) { /* within 2 ulp (Cephes, expf); 0 below -87, inf above 89 */
    float n = floorf(x * 1.44269504f + 0.5f);
    n = n < -126.0f ? -126.0f : n > 128.0f ? 128.0f : n;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return x < -87.0f ? 0.0f : p * (bits){.u = (uint32_t)((int32_t)n + 127) << 23}.f;
}

typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t halves __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint32_t wides __attribute__((vector_size(64)));

INLINE vec load(const void *p, ptrdiff_t i, int half) {
    if (!half) return *(const vec *)((const float *)p + i);
    return (vec)(__builtin_convertvector(*(const halves *)((const uint16_t *)p + i), wides) << 16);
}

/* Of vectors a and b, in each piece of 2 n lanes: the first n lanes and the last n, added. */
#define HALVE_8(a, b)                                                                              \
    (__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +       \
     __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#define HALVE_4(a, b)                                                                              \
    (__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +     \
     __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#define HALVE_2(a, b)                                                                              \
    (__builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) +     \
     __builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31))
#define HALVE_1(a, b)                                                                              \
    (__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +    \
     __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31))

/* The sums of 16 vectors, of the first in the first lane; overwrites them. */
INLINE vec totals(vec x[16]) {
    for (int i = 0; i < 8; i++) x[i] = HALVE_8(x[2 * i], x[2 * i + 1]);
    for (int i = 0; i < 4; i++) x[i] = HALVE_4(x[2 * i], x[2 * i + 1]);
    for (int i = 0; i < 2; i++) x[i] = HALVE_2(x[2 * i], x[2 * i + 1]);
    return HALVE_1(x[0], x[1]);
}

INLINE vec larger(vec a, vec b) {
    wides is = (wides)(a > b);
    return (vec)((is & (wides)a) | (~is & (wides)b));
}

INLINE float largest(const float *p, long size) {
    float top = -INFINITY;
    vec some = {0};
    some += top;
    long whole = size - size % 16;
    for (long i = 0; i < whole; i += 16) some = larger(load(p, i, 0), some);
    for (long i = whole; i < size; i++) top = p[i] > top ? p[i] : top;
    for (int i = 0; i < 16; i++) top = some[i] > top ? some[i] : top;
    return top;
}

/* x [N, D] += delta [N, D] unless it is null; out [N, D] = norm(x) * weight [D] */
INLINE void add_norm(int half, int threads, float *x, const void *delta, const void *weight,
                     void *out, long rows, long width, float eps) {
#pragma omp parallel for num_threads(threads) if (rows * width > ENOUGH)
    for (long n = 0; n < rows; n++) {
        float *own = x + n * width, sum = 0;
        if (delta)
            for (long i = 0; i < width; i++) own[i] += get(delta, n * width + i, half);
        for (long i = 0; i < width; i++) sum += own[i] * own[i];
        float scale = 1.0f / sqrtf(sum / width + eps);
        for (long i = 0; i < width; i++)
            put(out, n * width + i, rounded(own[i] * scale, half) * get(weight, i, half), half);
    }
}

/* heads [N, H, d], rows `stride` apart, turned in place by cos and signed sin [N, d] */
INLINE void rotate(int half, int threads, void *x, const void *cos, const void *sin, long rows,
                   long heads, long width, long stride) {
    long middle = width / 2;
#pragma omp parallel for num_threads(threads) if (rows * heads * width > ENOUGH)
    for (long n = 0; n < rows; n++)
        for (long h = 0; h < heads; h++) {
            void *own = (void *)at(x, n * stride + h * width, half);
#pragma omp simd
            for (long i = 0; i < middle; i++) {
                float a = get(own, i, half), b = get(own, i + middle, half);
                long low = n * width + i, high = low + middle;
                put(own, i, rounded(a * get(cos, low, half), half) +
                                rounded(b * get(sin, low, half), half), half);
                put(own, i + middle, rounded(b * get(cos, high, half), half) +
                                         rounded(a * get(sin, high, half), half), half);
            }
        }
}

/* out [N, M] = silu(gate) * up, which stand side by side in [N, 2 M] */
INLINE void gated(int half, int threads, const void *gate_up, void *out, long rows, long width) {
#pragma omp parallel for num_threads(threads) if (rows * width > ENOUGH)
    for (long n = 0; n < rows; n++) {
        const void *gate = at(gate_up, 2 * n * width, half), *up = at(gate, width, half);
        for (long i = 0; i < width; i++) {
            float g = get(gate, i, half);
            g = rounded(g / (1.0f + exponential(-g)), half);
            put(out, n * width + i, g * get(up, i, half), half);
        }
    }
}

/* `many` queries [many, d] against `seen` keys and values [seen, d], d = 16 `wide`: out [many, d].
   `weights` has room for [many, seen], seen rounded up to 16. */
INLINE void attend_some(int half, int many, int wide, const void *q, const void *keys,
                        const void *values, long seen, float *weights, void *out) {
    vec query[many][wide], mixed[many][wide];
    long room = (seen + 15) / 16 * 16;
    float scale = 1.0f / sqrtf(16 * wide);
    for (int g = 0; g < many; g++) {
        float whole[16 * wide];
        for (int i = 0; i < 16 * wide; i++)
            whole[i] = rounded(get(q, g * 16 * wide + i, half) * scale, half);
        for (int w = 0; w < wide; w++) query[g][w] = load(whole, 16 * w, 0);
        for (int w = 0; w < wide; w++) mixed[g][w] = (vec){0};
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
            *(vec *)(weights + g * room + start) = totals(sums);
        }
    }
    for (int g = 0; g < many; g++) {
        float *own = weights + g * room, all = 0;
        for (long t = 0; t < seen; t++) own[t] = rounded(own[t], half);
        float top = largest(own, seen);
        for (long t = 0; t < seen; t++) all += own[t] = exponential(own[t] - top);
        all = 1.0f / all;
        for (long t = 0; t < seen; t++) own[t] = rounded(own[t] * all, half);
    }
    for (long t = 0; t < seen; t++)
        for (int w = 0; w < wide; w++) {
            vec value = load(values, (t * wide + w) * 16, half);
            for (int g = 0; g < many; g++) mixed[g][w] += weights[g * room + t] * value;
        }
    for (int g = 0; g < many; g++)
        for (int i = 0; i < 16 * wide; i++)
            put(out, g * 16 * wide + i, mixed[g][i / 16][i % 16], half);
}

/* The same for any `many`, a few at a time. */
INLINE void attend_all(int half, int wide, const void *q, const void *keys, const void *values,
                       long many, long seen, float *weights, void *out) {
    while (many > 0) {
        long some = many > 4 ? 3 : many;
        if (some == 1) attend_some(half, 1, wide, q, keys, values, seen, weights, out);
        else if (some == 2) attend_some(half, 2, wide, q, keys, values, seen, weights, out);
        else if (some == 3) attend_some(half, 3, wide, q, keys, values, seen, weights, out);
        else attend_some(half, 4, wide, q, keys, values, seen, weights, out);
        q = at(q, some * 16 * wide, half), out = (void *)at(out, some * 16 * wide, half);
        many -= some;
    }
}

/* Of each row the new key and value [K, d] are written behind those it has, in blocks [rows, K,
   columns, d]; its queries [H, d] attend to them all. Row n of the block is number order[n] of the
   tokens, whose queries and keys are `stride` apart. */
INLINE void attend(int half, int threads, const void *q, const void *k, const void *v, void *keys,
                   void *values, void *out, const int64_t *order, const int64_t *lengths, long rows,
                   long heads, long kv_heads, long width, long columns, long stride,
                   long stride_v) {
    long group = heads / kv_heads, most = 0;
    for (long n = 0; n < rows; n++) most = lengths[n] > most ? lengths[n] : most;
#pragma omp parallel num_threads(threads) if (rows * heads * width * most > ENOUGH)
    {
        float *weights = malloc(4 * (most + 16) * sizeof(float));
#pragma omp for schedule(dynamic, 4)
        for (long place = 0; place < rows * kv_heads; place++) {
            long n = place / kv_heads, h = place % kv_heads, seen = lengths[n];
            long asked = order ? order[n] : n;
            void *own_keys = (void *)at(keys, place * columns * width, half);
            void *own_values = (void *)at(values, place * columns * width, half);
            for (long i = 0; i < width; i++) {
                put(own_keys, seen * width + i, get(k, asked * stride + h * width + i, half), half);
                put(own_values, seen * width + i, get(v, asked * stride_v + h * width + i, half), half);
            }
            const void *query = at(q, asked * stride + h * group * width, half);
            void *mixed = (void *)at(out, (asked * heads + h * group) * width, half);
            if (width == 32)
                attend_all(half, 2, query, own_keys, own_values, group, seen + 1, weights, mixed);
            else if (width == 64)
                attend_all(half, 4, query, own_keys, own_values, group, seen + 1, weights, mixed);
            else
                attend_all(half, 8, query, own_keys, own_values, group, seen + 1, weights, mixed);
        }
        free(weights);
    }
}

/* A tile of out [N, O] = x [N, I] W^T [I, O]: `some` rows times `many` columns, 16 in all; of rows
   behind the last one the last is computed again. x is float. */
INLINE void multiply_tile(int half, int some, int many, const float *x, const void *weight,
                          void *out, long row, long rows, long column, long inner, long outer) {
    vec sums[16];
    for (int i = 0; i < 16; i++) sums[i] = (vec){0};
    for (long i = 0; i < inner; i += 16) {
        vec own[some];
        for (int r = 0; r < some; r++)
            own[r] = load(x, (row + r < rows ? row + r : rows - 1) * inner + i, 0);
        for (int c = 0; c < many; c++) {
            vec w = load(weight, (column + c) * inner + i, half);
            for (int r = 0; r < some; r++) sums[c * some + r] += own[r] * w;
        }
    }
    vec all = totals(sums);
    for (int c = 0; c < many; c++)
        for (int r = 0; r < some && row + r < rows; r++)
            put(out, (row + r) * outer + column + c, all[c * some + r], half);
}

/* out [N, O] = x [N, I] W^T, W [O, I]; O and I are multiples of 16; `wide` has room for x. */
INLINE void multiply(int half, int threads, const void *x, const void *weight, void *out, long rows,
                     long inner, long outer, float *wide) {
    for (long i = 0; i < rows * inner; i++) wide[i] = get(x, i, half);
#pragma omp parallel for num_threads(threads) if (rows * inner * outer > 16 * ENOUGH)
    for (long c = 0; c < outer; c += 16)
        if (rows == 1) multiply_tile(half, 1, 16, wide, weight, out, 0, 1, c, inner, outer);
        else if (rows == 2)
            for (long part = c; part < c + 16; part += 8)
                multiply_tile(half, 2, 8, wide, weight, out, 0, 2, part, inner, outer);
        else
            for (long part = c; part < c + 16; part += 4)
                for (long row = 0; row < rows; row += 4)
                    multiply_tile(half, 4, 4, wide, weight, out, row, rows, part, inner, outer);
}

enum { ATTN_NORM, QKV, OUT, MLP_NORM, GATE_UP, DOWN, PER_LAYER };

/* One token of each of a few rows through all layers: x [N, D] += what they add. `weights` are those
   of one layer after the other; `layer` numbers lie between the keys of one and of the next. */
INLINE void decode(int half, int threads, const void *const *weights, float *x, const void *cos,
                   const void *sin, void *keys, void *values, const int64_t *order,
                   const int64_t *lengths, const long *sizes, float eps) {
    long layers = sizes[0], rows = sizes[1], width = sizes[2], heads = sizes[3];
    long kv_heads = sizes[4], head = sizes[5], mlp = sizes[6], columns = sizes[7];
    long layer = sizes[8], q_width = heads * head, kv_width = kv_heads * head;
    long total = q_width + 2 * kv_width, widest = total > 2 * mlp ? total : 2 * mlp;
    widest = widest > width ? widest : width;
    float *wide = malloc(4 * rows * widest * sizeof(float));
    void *narrow = wide + rows * widest, *many = wide + 2 * rows * widest;
    void *delta = wide + 3 * rows * widest;
    for (long n = 0; n < layers; n++, weights += PER_LAYER) {
        void *k = (void *)at(many, q_width, half), *v = (void *)at(k, kv_width, half);
        add_norm(half, threads, x, n ? delta : NULL, weights[ATTN_NORM], narrow, rows, width, eps);
        multiply(half, threads, narrow, weights[QKV], many, rows, width, total, wide);
        rotate(half, threads, many, cos, sin, rows, heads + kv_heads, head, total);
        attend(half, threads, many, k, v, (void *)at(keys, n * layer, half),
               (void *)at(values, n * layer, half), narrow, order, lengths, rows, heads, kv_heads,
               head, columns, total, total);
        multiply(half, threads, narrow, weights[OUT], delta, rows, q_width, width, wide);
        add_norm(half, threads, x, delta, weights[MLP_NORM], narrow, rows, width, eps);
        multiply(half, threads, narrow, weights[GATE_UP], many, rows, width, 2 * mlp, wide);
        gated(half, threads, many, narrow, rows, mlp);
        multiply(half, threads, narrow, weights[DOWN], delta, rows, mlp, width, wide);
    }
    for (long i = 0; i < rows * width; i++) x[i] += get(delta, i, half);
    free(wide);
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
void sample(int threads, float *logits, const float *temperatures, const float *uniforms,
            const int64_t *forced, int64_t *tokens, float *logprobs, long rows, long size) {
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
            float sum = 0;
            for (long i = b * BLOCK; i < end; i++) {
                own[i] = exponential((own[i] - top) / scale);
                sum += own[i];
            }
            total += sums[b] = sum;
        }
        tokens[n] = fixed < 0 ? draw(own, sums, size, uniforms[n] * total) : fixed;
        logprobs[n] = (fixed < 0 ? logf(own[tokens[n]]) : logit) - logf((float)total);
    }
}

#define FOR_BOTH(name, parameters, ...)                                                            \
    void name##_bf16 parameters { name(1, __VA_ARGS__); }                                          \
    void name##_fp32 parameters { name(0, __VA_ARGS__); }

FOR_BOTH(add_norm, (int threads, float *x, const void *delta, const void *weight, void *out,
                    long rows, long width, float eps),
         threads, x, delta, weight, out, rows, width, eps)
FOR_BOTH(rotate, (int threads, void *x, const void *cos, const void *sin, long rows, long heads,
                  long width, long stride),
         threads, x, cos, sin, rows, heads, width, stride)
FOR_BOTH(gated, (int threads, const void *gate_up, void *out, long rows, long width),
         threads, gate_up, out, rows, width)
FOR_BOTH(attend, (int threads, const void *q, const void *k, const void *v, void *keys,
                  void *values, void *out, const int64_t *order, const int64_t *lengths, long rows,
                  long heads, long kv_heads, long width, long columns, long stride, long stride_v),
         threads, q, k, v, keys, values, out, order, lengths, rows, heads, kv_heads, width,
         columns, stride, stride_v)
FOR_BOTH(decode, (int threads, const void *const *weights, float *x, const void *cos,
                  const void *sin, void *keys, void *values, const int64_t *order,
                  const int64_t *lengths, const long *sizes, float eps),
         threads, weights, x, cos, sin, keys, values, order, lengths, sizes, eps)
