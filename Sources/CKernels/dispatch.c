#include "kernel_table.h"

#include <stdatomic.h>
#include <string.h>

static const struct kernel_table *named(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    bool automatic = strcmp(name, "auto") == 0;
    if (avx512 && (automatic || strcmp(name, "avx512") == 0)) return &mien_kernels_avx512;
    if (avx2 && (automatic || strcmp(name, "avx2") == 0)) return &mien_kernels_avx2;
    if (automatic) return &mien_kernels_portable;
#else
    if (strcmp(name, "auto") == 0) return &mien_kernels_portable;
#endif
    return strcmp(name, "portable") == 0 ? &mien_kernels_portable : NULL;
}

static _Atomic(const struct kernel_table *) common;
static _Thread_local const struct kernel_table *own;

static const struct kernel_table *active(void) {
    if (own) return own;
    const struct kernel_table *table = atomic_load_explicit(&common, memory_order_relaxed);
    if (table) return table;
    table = named("auto");
    atomic_store_explicit(&common, table, memory_order_relaxed);
    return table;
}

bool mien_kernels_select(const char *name) {
    const struct kernel_table *table = named(name);
    if (table) atomic_store_explicit(&common, table, memory_order_relaxed);
    return table != NULL;
}

bool mien_kernels_select_for_thread(const char *name) {
    const struct kernel_table *table = name ? named(name) : NULL;
    if (name && !table) return false;
    own = table;
    return true;
}

bool mien_kernels_has_thread_choice(void) { return own != NULL; }

const char *mien_kernels_active(void) { return active()->name; }

bool mien_kernels_available(const char *name) { return named(name) != NULL; }

void mien_linear_f32(const float *x, ptrdiff_t x_stride, const float *panels, const float *bias, float *y,
                     ptrdiff_t y_stride, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, bool accumulate) {
    active()->linear_f32(x, x_stride, panels, bias, y, y_stride, rows, inputs, outputs, accumulate);
}

void mien_linear_f16(const float *x, ptrdiff_t x_stride, const uint16_t *panels, const float *bias, float *y,
                     ptrdiff_t y_stride, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, bool accumulate) {
    active()->linear_f16(x, x_stride, panels, bias, y, y_stride, rows, inputs, outputs, accumulate);
}

void mien_product_f32(const float *x, ptrdiff_t x_stride, const float *w, ptrdiff_t w_stride, float *y,
                      ptrdiff_t y_stride, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs) {
    active()->product_f32(x, x_stride, w, w_stride, y, y_stride, rows, inputs, outputs);
}

void mien_transpose_f32(const float *x, ptrdiff_t x_stride, float *y, ptrdiff_t y_stride, ptrdiff_t rows,
                        ptrdiff_t columns) {
    active()->transpose_f32(x, x_stride, y, y_stride, rows, columns);
}

void mien_transpose_f16(const uint16_t *x, ptrdiff_t x_stride, uint16_t *y, ptrdiff_t y_stride, ptrdiff_t rows,
                        ptrdiff_t columns) {
    active()->transpose_f16(x, x_stride, y, y_stride, rows, columns);
}

void mien_add_scaled(float scale, const float *x, float *y, ptrdiff_t n) { active()->add_scaled(scale, x, y, n); }
void mien_widen_f16(const uint16_t *x, float *y, ptrdiff_t n) { active()->widen_f16(x, y, n); }
void mien_exp(float *x, ptrdiff_t n) { active()->exp(x, n); }
void mien_tanh(float *x, ptrdiff_t n) { active()->tanh(x, n); }
void mien_sigmoid(float *x, ptrdiff_t n) { active()->sigmoid(x, n); }
void mien_silu(float *x, ptrdiff_t n) { active()->silu(x, n); }
void mien_gelu(float *x, ptrdiff_t n) { active()->gelu(x, n); }
void mien_leaky_relu(float *x, ptrdiff_t n, float slope) { active()->leaky_relu(x, n, slope); }
void mien_elu(float *x, ptrdiff_t n) { active()->elu(x, n); }

void mien_softmax(float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns) {
    active()->softmax(x, stride, rows, columns);
}

void mien_log_softmax(float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns) {
    active()->log_softmax(x, stride, rows, columns);
}

void mien_layer_norm(const float *x, const float *scale, const float *shift, float epsilon, float *y, ptrdiff_t rows,
                     ptrdiff_t columns) {
    active()->layer_norm(x, scale, shift, epsilon, y, rows, columns);
}

void mien_lstm_gates(const float *gates, float *c, float *h, ptrdiff_t hidden) {
    active()->lstm_gates(gates, c, h, hidden);
}

void mien_combine_rows(const double *matrix, const double *weights, double *sum, ptrdiff_t rows, ptrdiff_t columns) {
    active()->combine_rows(matrix, weights, sum, rows, columns);
}

void mien_add_scaled_row(double scale, const double *matrix, ptrdiff_t row, double *y, ptrdiff_t columns) {
    active()->combine_rows(matrix + row * columns, &scale, y, 1, columns);
}

void mien_descend(const double *normal, const double *inverse, const double *lower, const double *upper, double *x,
                  double *gradient, ptrdiff_t n, ptrdiff_t sweeps, double least) {
    active()->descend(normal, inverse, lower, upper, x, gradient, n, sweeps, least);
}

void mien_descend_pairs(const double *normal, const double *inverse, const double *lower, const double *upper,
                        double *x, double *gradient, ptrdiff_t pairs, ptrdiff_t sweeps, double least) {
    active()->descend_pairs(normal, inverse, lower, upper, x, gradient, pairs, sweeps, least);
}

void mien_solve_open(const double *normal, const double *gradient, ptrdiff_t n, const ptrdiff_t *open,
                     ptrdiff_t count, double *factor, double *step) {
    active()->solve_open(normal, gradient, n, open, count, factor, step);
}
