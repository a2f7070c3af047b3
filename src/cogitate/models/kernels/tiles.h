/* Products of bfloat16 in tiles of 16 by 16 (Intel's AMX), where processor and Linux have them.

   A row comes out the same to the bit whatever rows stand beside it, but its numbers are added in
   another order than without tiles. */

#pragma once

#include "vectors.h"

#define SIDE 16             /* rows of a tile, and words of 32 bits in each of them */
#define TWO_TILES (2 * SIDE)
#define IN_CACHE (1L << 18) /* words of x that stay in the cache while it goes over all columns */

#ifdef __AMX_BF16__
#include <sys/syscall.h>
#include <unistd.h>

static int allowed;

/* Linux keeps the tiles of a process that has asked for it: feature 18, ARCH_REQ_XCOMP_PERM. */
__attribute__((constructor)) static void ask(void) {
    allowed = syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

INLINE void load_shape(const long rows[8]) {
    struct {
        uint8_t palette, start, unused[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int t = 0; t < 8; t++) shape.rows[t] = rows[t], shape.bytes[t] = rows[t] ? 4 * SIDE : 0;
    __asm__ volatile("" ::: "memory"); /* GCC 12 does not know what is read, here and below */
    _tile_loadconfig(&shape);
}

INLINE void release_tiles(void) { _tile_release(); }

/* For up to 32 rows: tiles 0 to 3 are sums, 4 and 5 rows of x, 6 and 7 columns of the panel. */
INLINE void shape_tiles(long rows) {
    long first = rows < SIDE ? rows : SIDE, second = rows - first;
    load_shape((long[]){first, first, second, second, first, second, SIDE, SIDE});
}

INLINE void sum_tiles(int two, const uint32_t *x, const uint32_t *panel, float *sums, long inner) {
    _tile_zero(0);
    _tile_zero(1);
    if (two) {
        _tile_zero(2);
        _tile_zero(3);
    }
    for (long k = 0; k < inner; k += SIDE, panel += SIDE * TWO_TILES) {
        _tile_loadd(4, x + k, 4 * inner);
        _tile_loadd(6, panel, 4 * TWO_TILES);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, panel + SIDE, 4 * TWO_TILES);
        _tile_dpbf16ps(1, 4, 7);
        if (two) {
            _tile_loadd(5, x + SIDE * inner + k, 4 * inner);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
    }
    _tile_stored(0, sums, 4 * TWO_TILES);
    _tile_stored(1, sums + SIDE, 4 * TWO_TILES);
    if (two) {
        _tile_stored(2, sums + SIDE * TWO_TILES, 4 * TWO_TILES);
        _tile_stored(3, sums + SIDE * TWO_TILES + SIDE, 4 * TWO_TILES);
    }
}

/* out [rows, left] = x times a panel of 32 columns; `inner` counts words. */
static void multiply_tiles(int half_out, const uint32_t *x, const uint32_t *panel, void *out,
                           long rows, long inner, long left, long stride) {
    float sums[TWO_TILES * TWO_TILES];
    for (long some, shaped = 0; rows > 0; rows -= some) {
        some = rows < TWO_TILES ? rows : TWO_TILES;
        if (some != shaped) shape_tiles(shaped = some);
        if (some > SIDE) sum_tiles(1, x, panel, sums, inner);
        else sum_tiles(0, x, panel, sums, inner);
        WITH(half_out, write_sums, some, TWO_TILES, sums, out, left, stride);
        x += some * inner, out = to(out, some * stride, half_out);
    }
    release_tiles();
}
#else
enum { allowed };

INLINE void load_shape(const long rows[8]) { (void)rows; }

INLINE void release_tiles(void) {}

static void multiply_tiles(int half_out, const uint32_t *x, const uint32_t *panel, void *out,
                           long rows, long inner, long left, long stride) {
    (void)half_out, (void)x, (void)panel, (void)out, (void)rows, (void)inner, (void)left;
    (void)stride;
}
#endif

/* Whether numbers are multiplied in tiles; `inner` counts words. */
INLINE int tiled(int half, long inner) { return half && allowed && inner % SIDE == 0; }

INLINE long rows_in_cache(long inner) {
    long rows = IN_CACHE / inner;
    return rows > TWO_TILES ? rows - rows % TWO_TILES : TWO_TILES;
}
