/* Sixteen numbers at a time, which are bfloat16 in memory where `half` says so, else float. */

#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

/* `half` as a constant: what runs in threads gets it as a variable, whatever is inlined where. */
#define WITH(half, name, ...) ((half) ? name(1, __VA_ARGS__) : name(0, __VA_ARGS__))
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t wides __attribute__((vector_size(64), aligned(4), may_alias));
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

#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (wides){__VA_ARGS__})
#endif

/* Of vectors a and b, in each piece of 2 n lanes: the first n lanes and the last n, added. */
#define HALVE_8(a, b)                                                                              \
    (SHUFFLE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +                       \
     SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#define HALVE_4(a, b)                                                                              \
    (SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +                     \
     SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#define HALVE_2(a, b)                                                                              \
    (SHUFFLE(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) +                     \
     SHUFFLE(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31))
#define HALVE_1(a, b)                                                                              \
    (SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +                    \
     SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31))

/* The sums of 16 vectors, of the first in the first lane; overwrites them. */
INLINE vec totals(vec x[16]) {
    for (int i = 0; i < 8; i++) x[i] = HALVE_8(x[2 * i], x[2 * i + 1]);
    for (int i = 0; i < 4; i++) x[i] = HALVE_4(x[2 * i], x[2 * i + 1]);
    for (int i = 0; i < 2; i++) x[i] = HALVE_2(x[2 * i], x[2 * i + 1]);
    return HALVE_1(x[0], x[1]);
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
