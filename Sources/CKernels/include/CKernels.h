#ifndef MIEN_CKERNELS_H
#define MIEN_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// C kernels in three sets: "avx512", "avx2" (with FMA and F16C) and "portable". The set is chosen at run time.
//
// Every kernel is a function of its arguments alone; none allocates, locks or keeps a pointer. Matrices are row-major;
// a stride is the distance in elements from one row to the next. Within a set a result never depends on how many rows
// are computed at once, nor on the alignment of a buffer. The portable set uses one fixed order of IEEE operations,
// without fused multiply-add and without libm: the same bytes on any machine.

// MARK: The choice

/// Chooses the set for every thread: "auto" (the widest this processor has), "avx512", "avx2" or "portable".
/// False, and no change, where the name is unknown or the processor lacks the instructions.
bool mien_kernels_select(const char *name);

/// Chooses the set for the calling thread alone; NULL returns to the common choice.
bool mien_kernels_select_for_thread(const char *name);

/// Whether the calling thread has a choice of its own.
bool mien_kernels_has_thread_choice(void);

/// The name of the set that the calling thread uses now.
const char *mien_kernels_active(void);

/// Whether this processor can run a set.
bool mien_kernels_available(const char *name);

// MARK: Products

/// Outputs of a panel.
///
/// A linear layer's weights are packed in panels of 64 neighbouring outputs: input after input, the weights of the 64
/// side by side. So a product reads them from memory in one go, and its sums of 64 outputs need no last step across
/// lanes. ⌈outputs / 64⌉ panels of `inputs` · 64 numbers lie one behind the other; what the last has beyond the outputs
/// is read but not used. `mien_transpose_f32` and `_f16` pack: a panel is the transpose of 64 rows of PyTorch's weights.
#define MIEN_PANEL 64

/// y[r, o] = Σ_k x[r, k]·w[o, k] (+ bias[o]) (+ the y that was there), weights in fp32, in panels.
void mien_linear_f32(const float *x, ptrdiff_t x_stride, const float *panels, const float *bias, float *y,
                     ptrdiff_t y_stride, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, bool accumulate);

/// The same with IEEE half-precision weights; sums are in fp32.
void mien_linear_f16(const float *x, ptrdiff_t x_stride, const uint16_t *panels, const float *bias, float *y,
                     ptrdiff_t y_stride, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, bool accumulate);

/// y[r, o] = Σ_k x[r, k]·w[k, o], w row-major [inputs, outputs]: what attention does with its keys and its values.
void mien_product_f32(const float *x, ptrdiff_t x_stride, const float *w, ptrdiff_t w_stride, float *y,
                      ptrdiff_t y_stride, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs);

/// y[c, r] = x[r, c], row-major [rows, columns] to [columns, rows].
void mien_transpose_f32(const float *x, ptrdiff_t x_stride, float *y, ptrdiff_t y_stride, ptrdiff_t rows,
                        ptrdiff_t columns);
void mien_transpose_f16(const uint16_t *x, ptrdiff_t x_stride, uint16_t *y, ptrdiff_t y_stride, ptrdiff_t rows,
                        ptrdiff_t columns);

/// y += scale·x.
void mien_add_scaled(float scale, const float *x, float *y, ptrdiff_t count);

/// Widens half precision to single.
void mien_widen_f16(const uint16_t *x, float *y, ptrdiff_t count);

// MARK: Functions of each element, in place

void mien_exp(float *x, ptrdiff_t count);
void mien_tanh(float *x, ptrdiff_t count);
void mien_sigmoid(float *x, ptrdiff_t count);
void mien_silu(float *x, ptrdiff_t count);
/// GELU with the exact error function (PyTorch's default), not the tanh approximation.
void mien_gelu(float *x, ptrdiff_t count);
/// max(x, 0) + slope·min(x, 0); slope 0 is ReLU.
void mien_leaky_relu(float *x, ptrdiff_t count, float slope);
/// max(x, 0) + min(exp(x) − 1, 0).
void mien_elu(float *x, ptrdiff_t count);

// MARK: Functions of each row

/// Softmax of each row, in place. A row whose every element is −∞ becomes NaN, as in PyTorch.
void mien_softmax(float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns);
/// x − log Σ exp(x) of each row, in place.
void mien_log_softmax(float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns);
/// (x − mean)/√(variance + epsilon)·scale + shift of each row; the variance divides by the count. x and y may be one.
void mien_layer_norm(const float *x, const float *scale, const float *shift, float epsilon, float *y, ptrdiff_t rows,
                     ptrdiff_t columns);

/// An LSTM's pointwise part, for one row. Gates hold i, f, g, o before their activations, `hidden` numbers each.
/// c ← σ(f)·c + σ(i)·tanh(g), h ← σ(o)·tanh(c).
void mien_lstm_gates(const float *gates, float *c, float *h, ptrdiff_t hidden);

// MARK: Steps of bounded least squares, in double precision: the same bytes in every set

/// sum += Σ_r weights[r]·matrix[r, …]; rows of weight 0 are not read.
void mien_combine_rows(const double *matrix, const double *weights, double *sum, ptrdiff_t rows, ptrdiff_t columns);

/// y += scale·matrix[row, …].
void mien_add_scaled_row(double scale, const double *matrix, ptrdiff_t row, double *y, ptrdiff_t columns);

/// Sweeps of projected coordinate descent on ½xᵀNx − pᵀx between bounds. `inverse` is 1 / N's diagonal (0 leaves an
/// unknown), `gradient` is Nx − p and stays so. Moves of less than `least` are left out; ends after a sweep without any.
void mien_descend(const double *normal, const double *inverse, const double *lower, const double *upper, double *x,
                  double *gradient, ptrdiff_t n, ptrdiff_t sweeps, double least);

/// The same where unknowns 2i and 2i + 1 (of 2·`pairs`) are two ways of one thing, of which one is 0: each visit takes
/// the better of the two.
void mien_descend_pairs(const double *normal, const double *inverse, const double *lower, const double *upper,
                        double *x, double *gradient, ptrdiff_t pairs, ptrdiff_t sweeps, double least);

/// step = −N⁻¹·gradient in the unknowns of `open` alone, by Cholesky; 0 where the others leave one undetermined.
/// `factor` holds n·(n + 8) numbers of scratch, `step` is `count` long.
void mien_solve_open(const double *normal, const double *gradient, ptrdiff_t n, const ptrdiff_t *open,
                     ptrdiff_t count, double *factor, double *step);

#endif
