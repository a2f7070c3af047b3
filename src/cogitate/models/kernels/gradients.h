/* Gradients of the small operations, each in one pass over memory. */

#pragma once

#include "vectors.h"

/* Of y = x * s * weight, where s = 1 / sqrt(mean(x * x) + eps): from `grad` of y, and `rest`, the
   gradient that x has from elsewhere, or none: that of x, also rounded, and added to `sums`, unless
   null, that of the weight. */
INLINE void norm_grad_row(int half, const float *x, const void *weight, const void *grad,
                          const float *rest, float *out, void *out_rounded, float *sums, long width,
                          float eps) {
    vec squares = {0}, along = {0};
    for (long i = 0; i < width; i += 16) {
        vec own = load(x, i, 0);
        squares += own * own;
        along += own * (load(grad, i, half) * load(weight, i, half));
    }
    float scale = 1.0f / sqrtf(sum(squares) / width + eps);
    float share = sum(along) * scale * scale * scale / width;
    for (long i = 0; i < width; i += 16) {
        vec own = load(x, i, 0), change = load(grad, i, half);
        if (sums) store(sums, i, load(sums, i, 0) + change * rounded(own * scale, half), 0);
        change = change * load(weight, i, half) * scale - own * share;
        if (rest) change += load(rest, i, 0);
        store(out, i, change, 0);
        if (out_rounded) store(out_rounded, i, change, half);
    }
}

/* x and what is derived from it [N, D]; sums [threads, D], of zeros. */
void norm_grad(int half, int threads, const float *x, const void *weight, const void *grad,
               const float *rest, float *out, void *out_rounded, float *sums, long rows, long width,
               float eps) {
#pragma omp parallel for num_threads(threads)
    for (long t = 0; t < threads; t++)
        for (long n = rows * t / threads * width; n < rows * (t + 1) / threads * width; n += width)
            WITH(half, norm_grad_row, x + n, weight, at(grad, n, half), rest ? rest + n : NULL,
                 out + n, out_rounded ? to(out_rounded, n, half) : NULL,
                 sums ? sums + t * width : NULL, width, eps);
}

INLINE void gated_grad_row(int half, const void *gate_up, const void *grad, void *out, long width) {
    for (long i = 0; i < width; i += 16) {
        vec gate = load(gate_up, i, half), up = load(gate_up, i + width, half);
        vec own = load(grad, i, half), open = 1.0f / (1.0f + exponential(-gate));
        store(out, i, own * up * open * (1.0f + gate * (1.0f - open)), half);
        store(out, i + width, own * rounded(gate * open, half), half);
    }
}

/* gate_up and out [N, 2 M], grad [N, M]; see `gated`. */
void gated_grad(int half, int threads, const void *gate_up, const void *grad, void *out, long rows,
                long width) {
#pragma omp parallel for num_threads(threads)
    for (long n = 0; n < rows * width; n += width)
        WITH(half, gated_grad_row, at(gate_up, 2 * n, half), at(grad, n, half),
             to(out, 2 * n, half), width);
}
