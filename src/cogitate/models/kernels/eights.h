/* Activations in 8 bits: a row of x has one scale for each 32 numbers, as in ggml's Q8_0. Their
   products with weights of at most 8 bits, by VNNI and its forerunners. */

#pragma once

#include "vectors.h"

#define COLUMNS 16
#define SPLIT (COLUMNS / LANES) /* registers that hold a number of every column */
#define CHUNK_K 32              /* numbers of a row that have one scale */
#define BLOCK_ROWS 16           /* rows of x that share the unpacking of weights */

typedef uint8_t bytes __attribute__((vector_size(REGISTER), aligned(1), may_alias));
typedef uint16_t shorts __attribute__((vector_size(REGISTER), aligned(1), may_alias));

/* By blocks of rows and in them by chunks: [I / 32, rows, 32] and so on. */
struct eights {
    int8_t *numbers;
    float *scales;
    float *totals; /* of the 32 numbers, times their scale */
    int32_t *sums; /* of 16 numbers each */
};

INLINE struct eights block_of(struct eights x, long row, long inner) {
    long first = row * inner / CHUNK_K;
    return (struct eights){x.numbers + first * CHUNK_K, x.scales + first, x.totals + first,
                           x.sums + 2 * first};
}

/* Rows of a block, and of the last one, filled up with rows of zeros. */
INLINE long rows_of_block(long left) {
    return left > 8 ? BLOCK_ROWS : left > 4 ? 8 : left > 2 ? 4 : left;
}

INLINE int32_t largest_of(ints x) {
#if REGISTER == 64
    return _mm512_reduce_max_epi32((__m512i)x);
#else
    int32_t top = x[0];
    for (int i = 1; i < LANES; i++) top = x[i] > top ? x[i] : top;
    return top;
#endif
}

INLINE int32_t total_of(ints x) {
#if REGISTER == 64
    return _mm512_reduce_add_epi32((__m512i)x);
#else
    int32_t total = 0;
    for (int i = 0; i < LANES; i++) total += x[i];
    return total;
#endif
}

/* 32 whole numbers in 8 bits. */
INLINE void store_chars(int8_t *p, const ints *x) {
#if REGISTER == 64
    for (int i = 0; i < 2; i++)
        _mm_storeu_si128((__m128i *)p + i, _mm512_cvtepi32_epi8((__m512i)x[i]));
#elif REGISTER == 32
    __m256i low = _mm256_packs_epi32((__m256i)x[0], (__m256i)x[1]);
    __m256i all = _mm256_packs_epi16(low, _mm256_packs_epi32((__m256i)x[2], (__m256i)x[3]));
    const __m256i places = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7); /* packed by halves */
    _mm256_storeu_si256((__m256i *)p, _mm256_permutevar8x32_epi32(all, places));
#else
    for (int i = 0; i < CHUNK_K; i++) p[i] = x[i / LANES][i % LANES];
#endif
}

/* One row of x, `place` of `some` in its block; `x` is null for a row of zeros. A NaN makes the
   scale NaN: as bits of a positive number it is the largest. */
INLINE void to_eights(int half, const void *x, struct eights out, long inner, int place, int some) {
    const words sign = (words){0} + 0x80000000u;
    for (long c = 0; c < inner / CHUNK_K; c++) {
        long n = c * some + place;
        vec loaded[2] = {{0}, {0}};
        if (x) loaded[0] = load(x, c * 32, half), loaded[1] = load(x, c * 32 + 16, half);
        lanes *own = (lanes *)loaded;
        ints tops = {0};
        UNROLL for (int i = 0; i < 2 * SPLIT; i++) {
            ints size = (ints)((words)own[i] & ~sign), more = size > tops;
            tops = (size & more) | (tops & ~more);
        }
        union { int32_t bits; float size; } top = {largest_of(tops)};
        float most = top.size, scale = most > 0 ? 127.0f / most : 0;
        ints whole[2 * SPLIT], sums[2] = {{0}, {0}};
        UNROLL for (int i = 0; i < 2 * SPLIT; i++) { /* to the nearest, by half away from zero */
            lanes scaled = own[i] * scale;
            scaled += (lanes)(((words)scaled & sign) | (words)((lanes){0} + 0.5f));
            whole[i] = __builtin_convertvector(scaled, ints);
            sums[i / SPLIT] += whole[i];
        }
        store_chars(out.numbers + n * CHUNK_K, whole);
        int32_t first = total_of(sums[0]), second = total_of(sums[1]);
        out.scales[n] = most / 127.0f, out.totals[n] = most / 127.0f * (first + second);
        out.sums[2 * n] = first, out.sums[2 * n + 1] = second;
    }
}

/* Intrinsics on whole numbers of one register, by the part of the name that all widths share. */
#if REGISTER == 64
#define FIXED(name, ...) _mm512_##name(__VA_ARGS__)
typedef __m512i fixed;
#elif REGISTER == 32
#define FIXED(name, ...) _mm256_##name(__VA_ARGS__)
typedef __m256i fixed;
#elif defined(__SSSE3__)
#define FIXED(name, ...) _mm_##name(__VA_ARGS__)
typedef __m128i fixed;
#endif

/* Adds to `sum`, a column in each lane, the products of `each` registers of four numbers, w, with
   four numbers of x: w unsigned, x signed and within 127. */
INLINE ints dots(int bits, int each, ints sum, const bytes *w, const int32_t *x) {
#if REGISTER == 64 && defined(__AVX512VNNI__)
    (void)bits;
    UNROLL for (int i = 0; i < each; i++)
        sum = (ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w[i], _mm512_set1_epi32(x[i]));
#elif REGISTER == 32 && defined(__AVXVNNI__)
    (void)bits;
    UNROLL for (int i = 0; i < each; i++)
        sum = (ints)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)w[i], _mm256_set1_epi32(x[i]));
#elif defined(FIXED)
    const fixed ones = FIXED(set1_epi16, 1);
    int most = bits > 6 ? 1 : 1 << (7 - bits); /* sums of two products that 16 bits hold */
    fixed pairs = {0};
    UNROLL for (int i = 0; i < each; i++) {
        fixed four = FIXED(set1_epi32, x[i]), weights = (fixed)w[i];
        if (bits == 8) { /* the highest bit apart, since two products of 255 are too large */
            fixed high = FIXED(srli_epi16, (fixed)(w[i] & 128), 1);
            ints top = (ints)FIXED(madd_epi16, FIXED(maddubs_epi16, high, four), ones);
            sum += top + top, weights = (fixed)(w[i] & 127);
        }
        fixed products = FIXED(maddubs_epi16, weights, four);
        pairs = i % most ? (fixed)((shorts)pairs + (shorts)products) : products;
        if (i % most == most - 1 || i == each - 1) sum += (ints)FIXED(madd_epi16, pairs, ones);
    }
#else
    (void)bits;
    for (int i = 0; i < each; i++)
        for (int b = 0; b < REGISTER; b++)
            sum[b / 4] += w[i][b] * ((const int8_t *)(x + i))[b % 4];
#endif
    return sum;
}
