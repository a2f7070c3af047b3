/* Sixteen numbers at a time, which are bfloat16 in memory where `half` says so, else float; and
   as many as a register of this processor has. */

#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#if defined(__AVX512F__) && defined(__AVX512BW__)
#define REGISTER 64 /* bytes */
#elif defined(__AVX2__)
#define REGISTER 32
#else
#define REGISTER 16
#endif
#define LANES (REGISTER / 4)
#define ENOUGH 16384 /* numbers to work on, from which a second thread pays */

/* `half` as a constant: what runs in threads gets it as a variable, whatever is inlined where. */
#define WITH(half, name, ...) ((half) ? name(1, __VA_ARGS__) : name(0, __VA_ARGS__))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

typedef float lanes __attribute__((vector_size(REGISTER), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(REGISTER), aligned(4), may_alias));
typedef int32_t ints __attribute__((vector_size(REGISTER), aligned(4), may_alias));
typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t wides __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t pairs __attribute__((vector_size(64), aligned(2), may_alias));
typedef uint16_t halves __attribute__((vector_size(32), aligned(2), may_alias));

INLINE const void *at(const void *p, ptrdiff_t i, int half) {
    return (const char *)p + i * (half ? 2 : 4);
}

INLINE void *to(void *p, ptrdiff_t i, int half) { return (void *)at(p, i, half); }

INLINE vec choose(wides is, vec a, vec b) { return (vec)((is & (wides)a) | (~is & (wides)b)); }

INLINE halves narrow(vec x) { /* to the nearest, ties to even */
#ifdef __AVX512BF16__
    return (halves)_mm512_cvtneps_pbh((__m512)x);
#else
    wides u = (wides)x, rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16, nan = (wides){0} + 0x7fc0;
    return __builtin_convertvector((wides)choose((wides)(x == x), (vec)rounded, (vec)nan), halves);
#endif
}

/* Each number of two vectors side by side: the first of x in the lower half of a word. */
INLINE wides narrow_pairs(vec x, vec y) {
#ifdef __AVX512BF16__
    const pairs places = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
                          8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)y, (__m512)x);
    return (wides)_mm512_permutexvar_epi16((__m512i)places, both);
#else
    return __builtin_convertvector(narrow(x), wides) |
           __builtin_convertvector(narrow(y), wides) << 16;
#endif
}

INLINE vec widen(halves x) { return (vec)(__builtin_convertvector(x, wides) << 16); }

INLINE vec load(const void *p, ptrdiff_t i, int half) {
    return half ? widen(*(const halves *)at(p, i, 1)) : *(const vec *)at(p, i, 0);
}

INLINE void store(void *p, ptrdiff_t i, vec x, int half) {
    if (half) *(halves *)at(p, i, 1) = narrow(x);
    else *(vec *)at(p, i, 0) = x;
}

INLINE void put(void *p, ptrdiff_t i, float x, int half) {
    if (half) ((uint16_t *)p)[i] = narrow((vec){x})[0];
    else ((float *)p)[i] = x;
}

INLINE float get(const void *p, ptrdiff_t i, int half) {
    return half ? widen((halves){((const uint16_t *)p)[i]})[0] : ((const float *)p)[i];
}

/* Writes the first `left` of `columns` sums of each row; rows of out are `stride` apart. */
INLINE void write_sums(int half, long rows, long columns, const float *sums, void *out, long left,
                       long stride) {
    for (long r = 0; r < rows; r++, sums += columns, out = to(out, stride, half))
        for (long i = 0; i < columns; i += 16) {
            if (left - i >= 16) store(out, i, load(sums, i, 0), half);
            else for (long j = i; j < left; j++) put(out, j, sums[j], half);
        }
}

/* Two lines of 32 numbers side by side: the pairs of the first 16 columns, and of the others. */
INLINE void pair_up(pairs a, pairs b, void *first, void *others) {
    const pairs low = {0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39,
                       8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
    *(pairs *)first = __builtin_shuffle(a, b, low);
    *(pairs *)others = __builtin_shuffle(a, b, low + 16);
}

INLINE vec rounded(vec x, int half) { return half ? widen(narrow(x)) : x; }

INLINE vec exponential(vec x) { /* within 2 ulp (Cephes, expf); 0 and inf where nearly so */
    vec least = (vec){0} - 88.0f, most = (vec){0} + 89.0f;
    x = choose((wides)(x < least), least, x), x = choose((wides)(x > most), most, x);
    wides power = __builtin_convertvector(x * 1.44269504f + 127.5f, wides);
    vec n = __builtin_convertvector(power, vec) - 127.0f;
    vec r = x - n * 0.693359375f + n * 2.12194440e-4f;
    vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    return p * (vec)(power << 23);
}

/* Of vectors a and b: the numbers at 16 places, and those so many places behind them, added. */
INLINE vec fold(vec a, vec b, int apart, wides places) {
    return __builtin_shuffle(a, b, places) + __builtin_shuffle(a, b, places + apart);
}

/* The sums of 16 vectors, of the first in the first lane; overwrites them. */
INLINE vec totals(vec x[16]) {
    const wides eights = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23};
    const wides fours = {0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27};
    const wides pairs = {0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29};
    const wides singles = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
    for (int i = 0; i < 8; i++) x[i] = fold(x[2 * i], x[2 * i + 1], 8, eights);
    for (int i = 0; i < 4; i++) x[i] = fold(x[2 * i], x[2 * i + 1], 4, fours);
    for (int i = 0; i < 2; i++) x[i] = fold(x[2 * i], x[2 * i + 1], 2, pairs);
    return fold(x[0], x[1], 1, singles);
}

INLINE float sum(vec x) {
    vec all[16] = {x};
    return totals(all)[0];
}

INLINE float largest(const float *p, long size) {
    float top = -INFINITY;
    vec some = (vec){0} + top;
    long whole = size - size % 16;
    for (long i = 0; i < whole; i += 16) {
        vec x = load(p, i, 0);
        some = choose((wides)(x > some), x, some);
    }
    for (long i = whole; i < size; i++) top = p[i] > top ? p[i] : top;
    for (int i = 0; i < 16; i++) top = some[i] > top ? some[i] : top;
    return top;
}

/* p = exp((p - top) / scale); returns their sum */
INLINE float exponentials(float *p, long size, float top, float scale) {
    vec all = {0};
    float rest = 0;
    long whole = size - size % 16;
    for (long i = 0; i < whole; i += 16) {
        vec x = exponential((load(p, i, 0) - top) / scale);
        store(p, i, x, 0);
        all += x;
    }
    for (long i = whole; i < size; i++) rest += p[i] = exponential((vec){(p[i] - top) / scale})[0];
    return sum(all) + rest;
}

/* Sixteen vectors of which the first `size` (8 or 16) numbers become rows. */
INLINE void transpose(int size, vec x[16]) {
    const wides lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    UNROLL for (int apart = 8; apart; apart /= 2) {
        wides odd = (wides)((lane & apart) != 0);
        wides first = (odd & (lane - apart + 16)) | (~odd & lane);
        wides second = (odd & (lane + 16)) | (~odd & (lane + apart));
        UNROLL for (int i = 0; i < 16; i++) {
            if (i & apart || (i >= size && apart < 8)) continue;
            vec low = __builtin_shuffle(x[i], x[i + apart], first);
            if (apart < size) x[i + apart] = __builtin_shuffle(x[i], x[i + apart], second);
            x[i] = low;
        }
    }
}
