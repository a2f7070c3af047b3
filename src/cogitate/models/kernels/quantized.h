/* Products with weights of 4 to 8 bits, as GGUF files have them, and the same weights as numbers.

   A matrix [O, I] is stored in panels of 16 of its rows, filled up with zeros, and a panel in chunks
   of 32 of the I. A chunk has eight registers of 64 bytes, each with four numbers of every row; of
   each number four bits stand in the first four registers' low and high halves, a fifth and sixth
   in registers of their own. Scales precede the numbers: float16 of each chunk, or, of K-quants,
   one or two float16 of 256 numbers and 6 or 8 bits of each group. All take the file's bits, and
   no value is changed.

   With 8-bit activations (VNNI and its forerunners) the sums of a group are whole numbers, and a
   row of x has one scale for each chunk: the arithmetic of ggml's Q8_0. */

#pragma once

#include "vectors.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define COLUMNS 16
#define CHUNK_K 32    /* numbers of a chunk of one row */
#define NESTED_K 256  /* and of a block of K-quants */
#ifdef __AVX512F__
#define BLOCK_ROWS 16 /* rows of x that share the unpacking of weights: their sums are in registers */
#else
#define BLOCK_ROWS 4
#endif

typedef int32_t ints __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint8_t bytes __attribute__((vector_size(64), aligned(1), may_alias));
typedef uint16_t shorts __attribute__((vector_size(64), aligned(1), may_alias));
typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef int8_t chars16 __attribute__((vector_size(16), aligned(1), may_alias));

/* A type of numbers: bits, scales by groups of 16 or 32, scales nested as in K-quants, a minimum
   that is taken off, or an offset. */
struct format {
    int bits, group, nested, minimum, offset;
};

/* by their numbers in `native.FORMATS` */
#define FORMATS(CASE)                                                                              \
    CASE(2, 4, 32, 0, 0, 8)   /* Q4_0 */                                                           \
    CASE(3, 4, 32, 0, 1, 0)   /* Q4_1 */                                                           \
    CASE(4, 5, 32, 0, 0, 16)  /* Q5_0 */                                                           \
    CASE(5, 5, 32, 0, 1, 0)   /* Q5_1 */                                                           \
    CASE(6, 8, 32, 0, 0, 128) /* Q8_0 */                                                           \
    CASE(7, 4, 32, 1, 1, 0)   /* Q4_K */                                                           \
    CASE(8, 5, 32, 1, 1, 0)   /* Q5_K */                                                           \
    CASE(9, 6, 16, 1, 0, 32)  /* Q6_K */

INLINE vec from_float16(const void *p) {
#ifdef __AVX512F__
    return (vec)_mm512_cvtph_ps(_mm256_loadu_si256(p));
#else
    vec out;
    for (int i = 0; i < 16; i++) out[i] = (float)((const _Float16 *)p)[i];
    return out;
#endif
}

/* Whole numbers of 8 bits; by steps, since GCC 12 takes one at a time otherwise. */
INLINE vec from_bytes(const void *p, int is_signed) {
#ifdef __AVX512F__
    __m128i own = _mm_loadu_si128(p);
    __m512i whole = is_signed ? _mm512_cvtepi8_epi32(own) : _mm512_cvtepu8_epi32(own);
    return (vec)_mm512_cvtepi32_ps(whole);
#else
    int off = is_signed ? 128 : 0;
    halves whole = __builtin_convertvector(*(const bytes16 *)p ^ (uint8_t)off, halves);
    return __builtin_convertvector((ints)__builtin_convertvector(whole, wides) - off, vec);
#endif
}

/* What precedes 256 numbers of a nested format: scales, and of each group, by groups, a scale and
   a minimum in 8 bits, which they multiply. */
struct nest {
    vec scales[2];
    bytes groups[4];
};

/* One chunk of a panel: 8 registers of numbers, its scales, what is taken off. */
struct chunk {
    bytes numbers[8];
    vec scales[2], minimum;
};

INLINE bytes moved(bytes x, int left) {
    return left < 0 ? (bytes)((shorts)x >> -left) : (bytes)((shorts)x << left);
}

/* Reads what precedes 256 numbers. Returns what follows. */
INLINE const char *read_nest(struct format f, const char *p, struct nest *nest) {
    nest->scales[0] = from_float16(p), p += 32;
    if (!f.minimum) return p;
    nest->scales[1] = from_float16(p), p += 32;
    const bytes *six = (const bytes *)p; /* four scales or minimums, and parts of four more */
    bytes low = (bytes){0} + 15, high = (bytes){0} + 48;
    nest->groups[0] = six[0] & (low | high);
    nest->groups[1] = (six[2] & low) | (moved(six[0], -2) & high);
    nest->groups[2] = six[1] & (low | high);
    nest->groups[3] = (moved(six[2], -4) & low) | (moved(six[1], -2) & high);
    return p + 192;
}

/* Reads the chunk at number k of a panel. Returns what follows. */
INLINE const char *read_chunk(struct format f, const char *p, long k, struct nest *nest,
                              struct chunk *c) {
    if (f.nested && k % NESTED_K == 0) p = read_nest(f, p, nest);
    if (f.nested && f.minimum) {
        const bytes16 *own = (const bytes16 *)nest->groups + k % NESTED_K / CHUNK_K;
        c->scales[0] = nest->scales[0] * from_bytes(own, 0);
        c->minimum = nest->scales[1] * from_bytes(own + NESTED_K / CHUNK_K, 0);
    } else if (f.nested) {
        UNROLL for (int g = 0; g < CHUNK_K / f.group; g++, p += 16)
            c->scales[g] = nest->scales[0] * from_bytes(p, 1);
    } else {
        c->scales[0] = from_float16(p), p += 32;
        if (f.minimum) c->minimum = -from_float16(p), p += 32; /* which ggml adds */
    }
    const bytes *stored = (const bytes *)p;
    if (f.bits == 8) {
        UNROLL for (int k = 0; k < 8; k++) c->numbers[k] = stored[k];
        return p + 512;
    }
    bytes low = (bytes){0} + 15;
    UNROLL for (int k = 0; k < 4; k++) {
        c->numbers[k] = stored[k] & low;
        c->numbers[k + 4] = moved(stored[k], -4) & low;
    }
    if (f.bits == 5)
        UNROLL for (int k = 0; k < 8; k++)
            c->numbers[k] |= moved(stored[4], 4 - k) & ((bytes){0} + 16);
    if (f.bits == 6)
        UNROLL for (int k = 0; k < 8; k++)
            c->numbers[k] |= moved(stored[4 + k / 4], 4 - 2 * (k % 4)) & ((bytes){0} + 48);
    return p + 256 + 64 * (f.bits - 4);
}

INLINE long panel_bytes(struct format f, long inner) {
    long floats = 32 * (1 + f.minimum), groups = f.minimum ? 192 : NESTED_K / f.group * COLUMNS;
    long scales = f.nested ? inner / NESTED_K * (floats + groups) : inner / CHUNK_K * floats;
    return scales + inner / CHUNK_K * 64 * f.bits;
}

/* Four products of each lane, added: w unsigned, x signed and within 127. */
INLINE ints dot(int bits, ints sum, bytes w, int32_t x) {
#if defined(__AVX512VNNI__)
    (void)bits;
    return (ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w, _mm512_set1_epi32(x));
#elif defined(__AVX2__)
    __m256i own = _mm256_set1_epi32(x), ones = _mm256_set1_epi16(1), *lanes = (__m256i *)&sum;
    for (int i = 0; i < 2; i++) {
        __m256i some = ((const __m256i *)&w)[i], high = _mm256_set1_epi8((char)128);
        if (bits == 8) { /* in two parts, since two products of 255 overflow 16 bits */
            __m256i top = _mm256_srli_epi16(_mm256_and_si256(some, high), 1);
            top = _mm256_madd_epi16(_mm256_maddubs_epi16(top, own), ones);
            lanes[i] = _mm256_add_epi32(lanes[i], _mm256_add_epi32(top, top));
            some = _mm256_andnot_si256(high, some);
        }
        __m256i both = _mm256_madd_epi16(_mm256_maddubs_epi16(some, own), ones);
        lanes[i] = _mm256_add_epi32(lanes[i], both);
    }
    return sum;
#else
    (void)bits;
    for (int i = 0; i < 64; i++) sum[i / 4] += w[i] * ((const int8_t *)&x)[i % 4];
    return sum;
#endif
}

/* Rows of x in 8 bits, by blocks of rows and in them by chunks: [I / 32, rows, 32] and so on. */
struct eights {
    int8_t *numbers;
    float *scales;
    int32_t *sums; /* of 16 numbers each */
};

INLINE struct eights block_of(struct eights x, long row, long inner) {
    return (struct eights){x.numbers + row * inner, x.scales + row * inner / CHUNK_K,
                           x.sums + row * inner / 16};
}

/* One row of x, `place` of `some` in its block; `x` is null for a row of zeros. */
INLINE void to_eights(int half, const void *x, struct eights out, long inner, int place, int some) {
    for (long c = 0; c < inner / CHUNK_K; c++) {
        long n = c * some + place;
        vec a = {0}, b = {0};
        if (x) a = load(x, c * 32, half), b = load(x, c * 32 + 16, half);
        vec size_a = choose((wides)(a < 0), -a, a), size_b = choose((wides)(b < 0), -b, b);
        vec top = choose((wides)(size_a > size_b), size_a, size_b);
        float most = 0;
        for (int i = 0; i < 16; i++) most = top[i] > most ? top[i] : most;
        float scale = most > 0 ? 127.0f / most : 0;
        const wides sign = (wides){0} + 0x80000000u;
        a *= scale, b *= scale; /* then to the nearest, by half away from zero */
        ints whole_a = __builtin_convertvector(a + (vec)(((wides)a & sign) | (wides)((vec){0} + 0.5f)), ints);
        ints whole_b = __builtin_convertvector(b + (vec)(((wides)b & sign) | (wides)((vec){0} + 0.5f)), ints);
        *(chars16 *)(out.numbers + n * 32) = __builtin_convertvector(whole_a, chars16);
        *(chars16 *)(out.numbers + n * 32 + 16) = __builtin_convertvector(whole_b, chars16);
        int32_t sum_a = 0, sum_b = 0;
        for (int i = 0; i < 16; i++) sum_a += whole_a[i], sum_b += whole_b[i];
        out.scales[n] = most / 127.0f, out.sums[2 * n] = sum_a, out.sums[2 * n + 1] = sum_b;
    }
}

/* `some` rows of x times one panel, of which `left` columns are left to write, for `real` rows. */
INLINE void quantized_tile(struct format f, int half_out, int some, int real, struct eights x,
                           const char *panel, void *out, long inner, long left, long stride) {
    vec sums[some];
    struct nest nest;
    struct chunk c;
    UNROLL for (int r = 0; r < some; r++) sums[r] = (vec){0};
    for (long k = 0; k < inner; k += CHUNK_K) {
        panel = read_chunk(f, panel, k, &nest, &c);
        const int32_t *numbers = (const int32_t *)x.numbers;
        UNROLL for (int r = 0; r < some; r++) {
            vec scale = (vec){0} + x.scales[r];
            int groups = CHUNK_K / f.group, each = f.group / 4;
            UNROLL for (int g = 0; g < groups; g++) {
                int32_t all = groups == 1 ? x.sums[2 * r] + x.sums[2 * r + 1] : x.sums[2 * r + g];
                ints whole = (ints){0} - f.offset * all;
                UNROLL for (int i = g * each; i < (g + 1) * each; i++)
                    whole = dot(f.bits, whole, c.numbers[i], numbers[r * 8 + i]);
                sums[r] += c.scales[g] * scale * __builtin_convertvector(whole, vec);
            }
            if (f.minimum)
                sums[r] -= c.minimum * (x.scales[r] * (x.sums[2 * r] + x.sums[2 * r + 1]));
        }
        x.numbers += some * CHUNK_K, x.scales += some, x.sums += 2 * some;
    }
    UNROLL for (int r = 0; r < some; r++)
        if (r < real) {
            void *own = to(out, r * stride, half_out);
            if (left >= COLUMNS) store(own, 0, sums[r], half_out);
            else for (long j = 0; j < left; j++) put(own, j, sums[r][j], half_out);
        }
}

/* Rows of a block, and of the last one, filled up with rows of zeros. */
INLINE long rows_of_block(long left) {
    long most = left > 8 ? 16 : left > 4 ? 8 : left > 2 ? 4 : left;
    return most < BLOCK_ROWS ? most : BLOCK_ROWS;
}

/* Rows `from` to `end` of x, whole blocks or the last ones, times one panel. */
static void quantized_panel(int kind, int half_out, struct eights x, const char *panel, void *out,
                            long from, long end, long inner, long left, long stride) {
    for (long some; from < end; from += some) {
        some = rows_of_block(end - from);
        struct eights own = block_of(x, from, inner);
        void *rows = to(out, from * stride, half_out);
        int real = end - from < some ? end - from : some;
#define ROWS(f, n)                                                                                 \
    if (some == n) quantized_tile(f, half_out, n, real, own, panel, rows, inner, left, stride);
#if BLOCK_ROWS == 16
#define MORE_ROWS(f) ROWS(f, 8) ROWS(f, 16)
#else
#define MORE_ROWS(f)
#endif
#define CASE(number, ...)                                                                          \
    if (kind == number) {                                                                          \
        const struct format f = {__VA_ARGS__};                                                     \
        ROWS(f, 1) ROWS(f, 2) ROWS(f, 4) MORE_ROWS(f)                                              \
    }
        FORMATS(CASE)
#undef CASE
#undef MORE_ROWS
#undef ROWS
    }
}

INLINE void expand(struct format f, int half, const char *panel, uint32_t *words, long inner,
                   long width) {
    struct nest nest;
    struct chunk c;
    c.minimum = (vec){0};
    for (long k = 0; k < inner; k += CHUNK_K) {
        panel = read_chunk(f, panel, k, &nest, &c);
        for (int i = 0; i < 8; i++) {
            vec numbers[4], scale = c.scales[f.group == 32 ? 0 : i / 4];
            for (int b = 0; b < 4; b++) {
                ints whole = (ints)((wides)c.numbers[i] >> 8 * b & 255) - f.offset;
                numbers[b] = __builtin_convertvector(whole, vec) * scale - c.minimum;
            }
            if (!half)
                for (int b = 0; b < 4; b++, words += width) store(words, 0, numbers[b], 0);
            else
                for (int b = 0; b < 4; b += 2, words += width)
                    *(wides *)words = (wides)rounded(numbers[b], 1) >> 16 | (wides)rounded(numbers[b + 1], 1);
        }
    }
}

/* The numbers of one panel in `words`, [I, width] or, of pairs in bfloat16, [I / 2, width]. */
static void expand_panel(int kind, int half, const char *panel, uint32_t *words, long inner,
                         long width) {
#define CASE(number, ...)                                                                          \
    if (kind == number) {                                                                          \
        const struct format f = {__VA_ARGS__};                                                     \
        WITH(half, expand_with, f, panel, words, inner, width);                                    \
    }
#define expand_with(half, f, ...) expand(f, half, __VA_ARGS__)
    FORMATS(CASE)
#undef expand_with
#undef CASE
}

long bytes_of_panel(int kind, long inner) {
#define CASE(number, ...)                                                                          \
    if (kind == number) return panel_bytes((struct format){__VA_ARGS__}, inner);
    FORMATS(CASE)
#undef CASE
    return 0;
}
