// The body of every set, written once over vectors of LANES floats. Included by kernels_*.c, which define
// SET_NAME, SET_TABLE, LANES, FUSED (fused multiply-add allowed), and TILE_ROWS and TILE_VECTORS: the most rows and
// vectors of outputs that a product sums in the registers at once.

#include "kernel_table.h"
#include "lanes.h"
#include "products.h"
#include "solvers.h"

// MARK: Functions of each element

#define ELEMENTWISE(name, expression)                                                                                  \
    static void name(float *x, ptrdiff_t count) {                                                                      \
        ptrdiff_t i = 0;                                                                                               \
        for (; i + LANES <= count; i += LANES) {                                                                       \
            V v = load(x + i);                                                                                         \
            store(x + i, expression);                                                                                  \
        }                                                                                                              \
        if (i < count) {                                                                                               \
            V v = load_part(x + i, count - i);                                                                         \
            store_part(x + i, expression, count - i);                                                                  \
        }                                                                                                              \
    }

ELEMENTWISE(exp_all, v_exp(v))
ELEMENTWISE(tanh_all, v_tanh(v))
ELEMENTWISE(sigmoid_all, v_sigmoid(v))
ELEMENTWISE(silu_all, v *v_sigmoid(v))
ELEMENTWISE(gelu_all, (all(0.5f) * v) * (all(1.0f) + v_erf(v * all(0.70710678118654752f))))
ELEMENTWISE(elu_all, choose(v < all(0.0f), v_exp(v) - all(1.0f), v))

static void leaky_relu(float *x, ptrdiff_t count, float slope) {
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        V v = load(x + i);
        store(x + i, choose(v < all(0.0f), v * all(slope), v));
    }
    for (; i < count; i++) x[i] = x[i] < 0 ? x[i] * slope : x[i];
}

static void add_scaled(float scale, const float *x, float *y, ptrdiff_t count) {
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) store(y + i, madd(all(scale), load(x + i), load(y + i)));
    if (i < count) {
        ptrdiff_t n = count - i;
        store_part(y + i, madd(all(scale), load_part(x + i, n), load_part(y + i, n)), n);
    }
}

static void widen_f16(const uint16_t *x, float *y, ptrdiff_t count) {
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) store(y + i, load_half(x + i));
    if (i < count) store_part(y + i, load_half_part(x + i, count - i), count - i);
}

// MARK: Functions of each row

/// How many numbers the last vector of a row has; a row has at least one.
LANE ptrdiff_t last_lanes(ptrdiff_t count) { return (count - 1) % LANES + 1; }

static float row_max(const float *x, ptrdiff_t count) {
    ptrdiff_t n = last_lanes(count);
    V is_there = first_lanes(all(1.0f), n);
    V best = choose(is_there > all(0.0f), load_part(x + count - n, n), all(-__builtin_inff()));
    for (ptrdiff_t i = 0; i < count - n; i += LANES) {
        V v = load(x + i);
        best = choose(v > best, v, best);
    }
    return lane_max(best);
}

/// Σ exp(x − shift). Where `keep`, x becomes the exponentials, save the last vector of them: that is `last`, because
/// what was written in part is slow to read again.
LANE float row_exp_sum(float *x, ptrdiff_t count, float shift, bool keep, V *last) {
    ptrdiff_t n = last_lanes(count);
    V sum = all(0.0f);
    for (ptrdiff_t i = 0; i < count - n; i += LANES) {
        V e = v_exp(load(x + i) - all(shift));
        if (keep) store(x + i, e);
        sum += e;
    }
    *last = first_lanes(v_exp(load_part(x + count - n, n) - all(shift)), n);
    return lane_sum(sum + *last);
}

static void softmax(float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns) {
    if (columns == 0) return;
    ptrdiff_t n = last_lanes(columns);
    for (ptrdiff_t r = 0; r < rows; r++, x += stride) {
        V last;
        V scale = all(1.0f / row_exp_sum(x, columns, row_max(x, columns), true, &last));
        for (ptrdiff_t c = 0; c < columns - n; c += LANES) store(x + c, load(x + c) * scale);
        store_part(x + columns - n, last * scale, n);
    }
}

static void log_softmax(float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns) {
    if (columns == 0) return;
    for (ptrdiff_t r = 0; r < rows; r++, x += stride) {
        V last;
        float top = row_max(x, columns);
        float log_sum = s_log(row_exp_sum(x, columns, top, false, &last));
        for (ptrdiff_t c = 0; c < columns; c++) x[c] = (x[c] - top) - log_sum;
    }
}

static void layer_norm(const float *x, const float *scale, const float *shift, float epsilon, float *y, ptrdiff_t rows,
                       ptrdiff_t columns) {
    for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) {
        V sum = all(0.0f);
        ptrdiff_t i = 0;
        for (; i + LANES <= columns; i += LANES) sum += load(x + i);
        for (int lane = 0; i < columns; i++, lane++) sum[lane] += x[i];
        float mean = lane_sum(sum) / (float)columns;

        V squares = all(0.0f);
        for (i = 0; i + LANES <= columns; i += LANES) {
            V d = load(x + i) - all(mean);
            squares = madd(d, d, squares);
        }
        for (int lane = 0; i < columns; i++, lane++) squares[lane] += (x[i] - mean) * (x[i] - mean);
        float inverse = 1.0f / __builtin_sqrtf(lane_sum(squares) / (float)columns + epsilon);

        for (i = 0; i + LANES <= columns; i += LANES) {
            store(y + i, madd((load(x + i) - all(mean)) * all(inverse), load(scale + i), load(shift + i)));
        }
        for (; i < columns; i++) y[i] = ((x[i] - mean) * inverse) * scale[i] + shift[i];
    }
}

static void lstm_gates(const float *gates, float *c, float *h, ptrdiff_t hidden) {
    for (ptrdiff_t i = 0; i < hidden; i += LANES) {
        ptrdiff_t n = hidden - i < LANES ? hidden - i : LANES;
        V in = v_sigmoid(load_part(gates + i, n));
        V forget = v_sigmoid(load_part(gates + hidden + i, n));
        V candidate = v_tanh(load_part(gates + 2 * hidden + i, n));
        V out = v_sigmoid(load_part(gates + 3 * hidden + i, n));
        V cell = madd(forget, load_part(c + i, n), in * candidate);
        store_part(c + i, cell, n);
        store_part(h + i, out * v_tanh(cell), n);
    }
}

const struct kernel_table SET_TABLE = {
    .name = SET_NAME,
    .linear_f32 = linear_f32,
    .linear_f16 = linear_f16,
    .product_f32 = product_f32,
    .transpose_f32 = transpose_f32,
    .transpose_f16 = transpose_f16,
    .add_scaled = add_scaled,
    .widen_f16 = widen_f16,
    .exp = exp_all,
    .tanh = tanh_all,
    .sigmoid = sigmoid_all,
    .silu = silu_all,
    .gelu = gelu_all,
    .leaky_relu = leaky_relu,
    .elu = elu_all,
    .softmax = softmax,
    .log_softmax = log_softmax,
    .layer_norm = layer_norm,
    .lstm_gates = lstm_gates,
    .combine_rows = combine_rows,
    .descend = descend,
    .descend_pairs = descend_pairs,
    .solve_open = solve_open,
};
