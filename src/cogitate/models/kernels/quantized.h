/* Products with weights of 4 to 8 bits, as GGUF files have them, and the same weights as numbers.

   A matrix [O, I] is stored in panels of 16 of its rows, filled up with zeros, and a panel in
   chunks of 32 of the I. A chunk has eight lines of 64 bytes, each with four numbers of every row.
   Stored are as many lines as a number has bits: four hold two lines each, four bits of a number
   in each half of a byte, and a fifth and sixth bit have lines of their own. Scales precede the
   numbers: float16 of each chunk, or, of K-quants, one or two float16 of 256 numbers and 6 or 8
   bits of each group. All take the file's bits, and no value is changed.

   With activations in 8 bits (eights.h) the sums of a group are whole numbers. */

#pragma once

#include "eights.h"

#define NESTED_K 256 /* numbers of a block of K-quants */
#if REGISTER == 64
#define EACH_ROW UNROLL /* so that the sums of all rows are in registers */
#else
#define EACH_ROW /* there are too few */
#endif

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

/* Columns in float16. */
INLINE lanes from_float16(const void *p) {
#if REGISTER == 64
    return (lanes)_mm512_cvtph_ps(_mm256_loadu_si256(p));
#elif REGISTER == 32 && defined(__F16C__)
    return (lanes)_mm256_cvtph_ps(_mm_loadu_si128(p));
#else
    /* by whole numbers: GCC has _Float16 on x86 only since 12 */
    words size, sign;
    lanes extra; /* the leading 1, which the least numbers do not have */
    for (int i = 0; i < LANES; i++) {
        uint32_t own = ((const uint16_t *)p)[i], exponent = own & 0x7c00;
        uint32_t more = exponent == 0x7c00 ? 224 : exponent ? 112 : 113;
        size[i] = ((own & 0x7fff) << 13) + (more << 23);
        sign[i] = (own & 0x8000) << 16;
        extra[i] = exponent ? 0 : 0x1p-14f;
    }
    return (lanes)((words)((lanes)size - extra) | sign);
#endif
}

/* Columns in whole numbers of 8 bits. */
INLINE lanes from_bytes(const void *p, int is_signed) {
#if REGISTER == 64
    __m128i own = _mm_loadu_si128(p);
    __m512i whole = is_signed ? _mm512_cvtepi8_epi32(own) : _mm512_cvtepu8_epi32(own);
    return (lanes)_mm512_cvtepi32_ps(whole);
#elif REGISTER == 32
    __m128i own = _mm_loadl_epi64(p);
    __m256i whole = is_signed ? _mm256_cvtepi8_epi32(own) : _mm256_cvtepu8_epi32(own);
    return (lanes)_mm256_cvtepi32_ps(whole);
#else
    lanes out;
    for (int i = 0; i < LANES; i++)
        out[i] = is_signed ? ((const int8_t *)p)[i] : ((const uint8_t *)p)[i];
    return out;
#endif
}

/* What precedes 256 numbers of a nested format: scales, and of each group of each column a scale
   and a minimum in 8 bits, which they multiply. */
struct nest {
    lanes scales[2][SPLIT];
    bytes groups[4][SPLIT];
};

/* One chunk of as many columns as a register has lanes: 8 registers of numbers, their scales, what
   is taken off. */
struct chunk {
    bytes numbers[8];
    lanes scales[2], minimum;
};

INLINE bytes moved(bytes x, int left) {
    return left < 0 ? (bytes)((shorts)x >> -left) : (bytes)((shorts)x << left);
}

/* Reads what precedes 256 numbers. Returns what follows. */
INLINE const char *read_nest(struct format f, const char *p, struct nest *nest) {
    for (int n = 0; n < 1 + f.minimum; n++)
        for (int s = 0; s < SPLIT; s++, p += 2 * LANES) nest->scales[n][s] = from_float16(p);
    if (!f.minimum) return p;
    const bytes low = (bytes){0} + 15, high = (bytes){0} + 48;
    for (int s = 0; s < SPLIT; s++) { /* four scales or minimums, and parts of four more */
        const bytes *six = (const bytes *)p + s;
        nest->groups[0][s] = six[0] & (low | high);
        nest->groups[1][s] = (six[2 * SPLIT] & low) | (moved(six[0], -2) & high);
        nest->groups[2][s] = six[SPLIT] & (low | high);
        nest->groups[3][s] = (moved(six[2 * SPLIT], -4) & low) | (moved(six[SPLIT], -2) & high);
    }
    return p + 192;
}

/* Reads the columns of one register, number `s`, of the chunk at number k of a panel. */
INLINE struct chunk read_chunk(struct format f, const char *p, long k, int s,
                               const struct nest *nest) {
    struct chunk c;
    if (f.nested && f.minimum) {
        const char *own = (const char *)nest->groups + k % NESTED_K / CHUNK_K * 16 + s * LANES;
        c.scales[0] = nest->scales[0][s] * from_bytes(own, 0);
        c.minimum = nest->scales[1][s] * from_bytes(own + 128, 0);
    } else if (f.nested) {
        UNROLL for (int g = 0; g < CHUNK_K / f.group; g++, p += 16)
            c.scales[g] = nest->scales[0][s] * from_bytes(p + s * LANES, 1);
    } else {
        c.scales[0] = from_float16(p + 2 * s * LANES), p += 32;
        if (f.minimum) c.minimum = -from_float16(p + 2 * s * LANES), p += 32; /* which ggml adds */
    }
    const bytes *stored = (const bytes *)p + s, low = (bytes){0} + 15;
    if (f.bits == 8) {
        UNROLL for (int n = 0; n < 8; n++) c.numbers[n] = stored[n * SPLIT];
    } else {
        UNROLL for (int n = 0; n < 4; n++) {
            c.numbers[n] = stored[n * SPLIT] & low;
            c.numbers[n + 4] = moved(stored[n * SPLIT], -4) & low;
        }
    }
    if (f.bits == 5) {
        UNROLL for (int n = 0; n < 8; n++)
            c.numbers[n] |= moved(stored[4 * SPLIT], 4 - n) & ((bytes){0} + 16);
    }
    if (f.bits == 6) {
        UNROLL for (int n = 0; n < 8; n++)
            c.numbers[n] |= moved(stored[(4 + n / 4) * SPLIT], 4 - 2 * (n % 4)) & ((bytes){0} + 48);
    }
    return c;
}

INLINE long chunk_bytes(struct format f) {
    long scales = !f.nested ? 32 * (1 + f.minimum) : f.minimum ? 0 : CHUNK_K / f.group * COLUMNS;
    return scales + 64 * f.bits;
}

INLINE long panel_bytes(struct format f, long inner) {
    long nest = !f.nested ? 0 : f.minimum ? 256 : 32;
    return inner / CHUNK_K * chunk_bytes(f) + inner / NESTED_K * nest;
}

/* `some` rows of x times one panel, of which `left` columns are left to write, for `real` rows. */
INLINE void quantized_tile(struct format f, int half_out, int some, int real, struct eights x,
                           const char *panel, void *out, long inner, long left, long stride) {
    lanes sums[some][SPLIT];
    struct nest nest;
    struct chunk chunks[SPLIT];
    UNROLL for (int r = 0; r < some; r++)
        UNROLL for (int s = 0; s < SPLIT; s++) sums[r][s] = (lanes){0};
    for (long k = 0; k < inner; k += CHUNK_K, panel += chunk_bytes(f)) {
        if (f.nested && k % NESTED_K == 0) panel = read_nest(f, panel, &nest);
        UNROLL for (int s = 0; s < SPLIT; s++) chunks[s] = read_chunk(f, panel, k, s, &nest);
        const int32_t *numbers = (const int32_t *)x.numbers;
        EACH_ROW for (int r = 0; r < some; r++)
            UNROLL for (int s = 0; s < SPLIT; s++) {
                const struct chunk *c = chunks + s;
                lanes scale = (lanes){0} + x.scales[r];
                int groups = CHUNK_K / f.group, each = f.group / 4;
                UNROLL for (int g = 0; g < groups; g++) {
                    int32_t all = groups == 1 ? x.sums[2 * r] + x.sums[2 * r + 1]
                                              : x.sums[2 * r + g];
                    ints whole = dots(f.bits, each, (ints){0} - f.offset * all,
                                      c->numbers + g * each, numbers + r * 8 + g * each);
                    sums[r][s] += c->scales[g] * scale * __builtin_convertvector(whole, lanes);
                }
                if (f.minimum) sums[r][s] -= c->minimum * x.totals[r];
            }
        x = block_of(x, some, CHUNK_K);
    }
    UNROLL for (int r = 0; r < some; r++)
        if (r < real) {
            void *own = to(out, r * stride, half_out);
            const float *row = (const float *)sums[r];
            if (left >= COLUMNS) store(own, 0, load(row, 0, 0), half_out);
            else for (long j = 0; j < left; j++) put(own, j, row[j], half_out);
        }
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
#define CASE(number, ...)                                                                          \
    if (kind == number) {                                                                          \
        const struct format f = {__VA_ARGS__};                                                     \
        ROWS(f, 1) ROWS(f, 2) ROWS(f, 4) ROWS(f, 8) ROWS(f, 16)                                    \
    }
        FORMATS(CASE)
#undef CASE
#undef ROWS
    }
}

INLINE void expand(struct format f, int half, const char *panel, uint32_t *out, long inner,
                   long width) {
    struct nest nest;
    struct chunk chunks[SPLIT];
    for (long k = 0; k < inner; k += CHUNK_K, panel += chunk_bytes(f)) {
        if (f.nested && k % NESTED_K == 0) panel = read_nest(f, panel, &nest);
        for (int s = 0; s < SPLIT; s++) chunks[s] = read_chunk(f, panel, k, s, &nest);
        for (int i = 0; i < 8; i++) {
            vec numbers[4];
            for (int b = 0; b < 4; b++)
                for (int s = 0; s < SPLIT; s++) {
                    const struct chunk *c = chunks + s;
                    ints whole = (ints)((words)c->numbers[i] >> 8 * b & 255) - f.offset;
                    lanes own = __builtin_convertvector(whole, lanes);
                    own *= c->scales[f.group == 32 ? 0 : i / 4];
                    if (f.minimum) own -= c->minimum;
                    ((lanes *)(numbers + b))[s] = own;
                }
            if (!half)
                for (int b = 0; b < 4; b++, out += width) store(out, 0, numbers[b], 0);
            else
                for (int b = 0; b < 4; b += 2, out += width)
                    *(wides *)out = narrow_pairs(numbers[b], numbers[b + 1]);
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
