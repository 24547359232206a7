#ifndef MIEN_KERNEL_TABLE_H
#define MIEN_KERNEL_TABLE_H

#include "CKernels.h"

/// One set of kernels; the members are documented in CKernels.h.
struct kernel_table {
    const char *name;
    void (*linear_f32)(const float *, ptrdiff_t, const float *, const float *, float *, ptrdiff_t, ptrdiff_t, ptrdiff_t,
                       ptrdiff_t, bool);
    void (*linear_f16)(const float *, ptrdiff_t, const uint16_t *, const float *, float *, ptrdiff_t, ptrdiff_t,
                       ptrdiff_t, ptrdiff_t, bool);
    void (*product_f32)(const float *, ptrdiff_t, const float *, ptrdiff_t, float *, ptrdiff_t, ptrdiff_t, ptrdiff_t,
                        ptrdiff_t);
    void (*transpose_f32)(const float *, ptrdiff_t, float *, ptrdiff_t, ptrdiff_t, ptrdiff_t);
    void (*transpose_f16)(const uint16_t *, ptrdiff_t, uint16_t *, ptrdiff_t, ptrdiff_t, ptrdiff_t);
    void (*add_scaled)(float, const float *, float *, ptrdiff_t);
    void (*widen_f16)(const uint16_t *, float *, ptrdiff_t);
    void (*exp)(float *, ptrdiff_t);
    void (*tanh)(float *, ptrdiff_t);
    void (*sigmoid)(float *, ptrdiff_t);
    void (*silu)(float *, ptrdiff_t);
    void (*gelu)(float *, ptrdiff_t);
    void (*leaky_relu)(float *, ptrdiff_t, float);
    void (*elu)(float *, ptrdiff_t);
    void (*softmax)(float *, ptrdiff_t, ptrdiff_t, ptrdiff_t);
    void (*log_softmax)(float *, ptrdiff_t, ptrdiff_t, ptrdiff_t);
    void (*layer_norm)(const float *, const float *, const float *, float, float *, ptrdiff_t, ptrdiff_t);
    void (*lstm_gates)(const float *, float *, float *, ptrdiff_t);
    void (*combine_rows)(const double *, const double *, double *, ptrdiff_t, ptrdiff_t);
    void (*descend)(const double *, const double *, const double *, const double *, double *, double *, ptrdiff_t,
                    ptrdiff_t, double);
    void (*descend_pairs)(const double *, const double *, const double *, const double *, double *, double *, ptrdiff_t,
                          ptrdiff_t, double);
    void (*solve_open)(const double *, const double *, ptrdiff_t, const ptrdiff_t *, ptrdiff_t, double *, double *);
};

extern const struct kernel_table mien_kernels_portable;
#if defined(__x86_64__)
extern const struct kernel_table mien_kernels_avx2;
extern const struct kernel_table mien_kernels_avx512;
#endif

#endif
