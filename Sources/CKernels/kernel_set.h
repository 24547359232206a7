// The body of every set, written once over vectors of LANES floats. Included by kernels_*.c, which define
// SET_NAME, SET_TABLE, LANES, FUSED (fused multiply-add allowed) and ROWS_AT_ONCE (rows a product takes in one pass).

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

static float row_max(const float *x, ptrdiff_t count) {
    float best = x[0];
    ptrdiff_t i = 0;
    if (count >= LANES) {
        V m = load(x);
        for (i = LANES; i + LANES <= count; i += LANES) {
            V v = load(x + i);
            m = choose(v > m, v, m);
        }
        best = m[0];
        for (int lane = 1; lane < LANES; lane++) best = m[lane] > best ? m[lane] : best;
    }
    for (; i < count; i++) best = x[i] > best ? x[i] : best;
    return best;
}

/// Σ exp(x − shift); where `keep`, x becomes the exponentials.
static float row_exp_sum(float *x, ptrdiff_t count, float shift, bool keep) {
    V sum = all(0.0f);
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        V e = v_exp(load(x + i) - all(shift));
        if (keep) store(x + i, e);
        sum += e;
    }
    if (i < count) {
        ptrdiff_t n = count - i;
        V e = v_exp(load_part(x + i, n) - all(shift));
        if (keep) store_part(x + i, e, n);
        sum += first_lanes(e, n);
    }
    return lane_sum(sum);
}

static void softmax(float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns) {
    if (columns == 0) return;
    for (ptrdiff_t r = 0; r < rows; r++, x += stride) {
        float scale = 1.0f / row_exp_sum(x, columns, row_max(x, columns), true);
        ptrdiff_t c = 0;
        for (; c + LANES <= columns; c += LANES) store(x + c, load(x + c) * all(scale));
        if (c < columns) store_part(x + c, load_part(x + c, columns - c) * all(scale), columns - c);
    }
}

static void log_softmax(float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns) {
    if (columns == 0) return;
    for (ptrdiff_t r = 0; r < rows; r++, x += stride) {
        float top = row_max(x, columns);
        float log_sum = s_log(row_exp_sum(x, columns, top, false));
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
    .mix_f32 = mix_f32,
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
