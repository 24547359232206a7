// Products of activations with weights. Each output is one dot product: LANES partial sums along the inputs, then the
// lanes' sum, then the tail; so it does not depend on how many rows and outputs are computed together.

/// Adds biases to four sums and writes them, or adds them to what is there.
LANE void put_four(F4 sum, const float *bias, float *y, bool accumulate) {
    if (bias) sum += *(const F4_unaligned *)bias;
    F4_unaligned *place = (F4_unaligned *)y;
    *place = accumulate ? *place + sum : sum;
}

/// Writes the first rows of a tile four at a time, where that is the faster way; how many it wrote.
LANE int put_four_rows(int R, int O, V sums[][8], const float *bias, float *y, ptrdiff_t ys, bool accumulate) {
#if LANES == 16
    if (R < 4 || O != 4) return 0;
    V all_sums = sixteen_lane_sums(sums[0], sums[1], sums[2], sums[3]);
    put_four(__builtin_shufflevector(all_sums, all_sums, 0, 1, 2, 3), bias, y, accumulate);
    put_four(__builtin_shufflevector(all_sums, all_sums, 4, 5, 6, 7), bias, y + ys, accumulate);
    put_four(__builtin_shufflevector(all_sums, all_sums, 8, 9, 10, 11), bias, y + 2 * ys, accumulate);
    put_four(__builtin_shufflevector(all_sums, all_sums, 12, 13, 14, 15), bias, y + 3 * ys, accumulate);
    return 4;
#else
    return 0;
#endif
}

/// A tile of `R` rows by `O` outputs. `LOAD`, `LOAD_PART` widen the weights.
#define TILE(name, weight_type, LOAD, LOAD_PART)                                                                       \
    LANE void name(int R, int O, const float *x, ptrdiff_t xs, const weight_type *w, ptrdiff_t ws, const float *bias,  \
                   float *y, ptrdiff_t ys, ptrdiff_t inputs, bool accumulate) {                                        \
        V sums[ROWS_AT_ONCE][8];                                                                                       \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                               \
            _Pragma("clang loop unroll(full)") for (int o = 0; o < O; o++) sums[r][o] = all(0.0f);                     \
        }                                                                                                              \
        ptrdiff_t k = 0;                                                                                               \
        for (; k + LANES <= inputs; k += LANES) {                                                                      \
            V weights[8];                                                                                              \
            _Pragma("clang loop unroll(full)") for (int o = 0; o < O; o++) weights[o] = LOAD(w + o * ws + k);          \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                           \
                V value = load(x + r * xs + k);                                                                        \
                _Pragma("clang loop unroll(full)") for (int o = 0; o < O; o++) {                                       \
                    sums[r][o] = madd(value, weights[o], sums[r][o]);                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        if (k < inputs) {                                                                                              \
            V weights[8];                                                                                              \
            for (int o = 0; o < O; o++) weights[o] = LOAD_PART(w + o * ws + k, inputs - k);                            \
            for (int r = 0; r < R; r++) {                                                                              \
                V value = load_part(x + r * xs + k, inputs - k);                                                       \
                for (int o = 0; o < O; o++) sums[r][o] = madd(value, weights[o], sums[r][o]);                          \
            }                                                                                                          \
        }                                                                                                              \
        int done = put_four_rows(R, O, sums, bias, y, ys, accumulate);                                                 \
        _Pragma("clang loop unroll(full)") for (int r = done; r < R; r++) {                                            \
            _Pragma("clang loop unroll(full)") for (int o = 0; o + 4 <= O; o += 4) {                                   \
                put_four(four_lane_sums(sums[r][o], sums[r][o + 1], sums[r][o + 2], sums[r][o + 3]),                   \
                         bias ? bias + o : 0, y + r * ys + o, accumulate);                                             \
            }                                                                                                          \
            _Pragma("clang loop unroll(full)") for (int o = O & ~3; o < O; o++) {                                      \
                float sum = lane_sum(sums[r][o]);                                                                      \
                if (bias) sum += bias[o];                                                                              \
                y[r * ys + o] = accumulate ? y[r * ys + o] + sum : sum;                                                \
            }                                                                                                          \
        }                                                                                                              \
    }

TILE(tile_f32, float, load, load_part)
TILE(tile_f16, uint16_t, load_half, load_half_part)

/// All rows and outputs: weights outermost, so that each is read from memory once.
#define LINEAR(name, tile, weight_type)                                                                                \
    static void name(const float *x, ptrdiff_t xs, const weight_type *w, ptrdiff_t ws, const float *bias, float *y,    \
                     ptrdiff_t ys, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, bool accumulate) {             \
        ptrdiff_t o = 0;                                                                                               \
        if (rows == 1) {                                                                                               \
            for (; o + 8 <= outputs; o += 8) {                                                                         \
                tile(1, 8, x, xs, w + o * ws, ws, bias ? bias + o : 0, y + o, ys, inputs, accumulate);                 \
            }                                                                                                          \
        }                                                                                                              \
        for (; o + 4 <= outputs; o += 4) {                                                                             \
            const weight_type *wo = w + o * ws;                                                                        \
            const float *bo = bias ? bias + o : 0;                                                                     \
            ptrdiff_t r = 0;                                                                                           \
            for (; r + ROWS_AT_ONCE <= rows; r += ROWS_AT_ONCE) {                                                      \
                tile(ROWS_AT_ONCE, 4, x + r * xs, xs, wo, ws, bo, y + r * ys + o, ys, inputs, accumulate);             \
            }                                                                                                          \
            if (ROWS_AT_ONCE > 4 && r + 4 <= rows) {                                                                   \
                tile(4, 4, x + r * xs, xs, wo, ws, bo, y + r * ys + o, ys, inputs, accumulate);                        \
                r += 4;                                                                                                \
            }                                                                                                          \
            for (; r + 2 <= rows; r += 2) {                                                                            \
                tile(2, 4, x + r * xs, xs, wo, ws, bo, y + r * ys + o, ys, inputs, accumulate);                        \
            }                                                                                                          \
            for (; r < rows; r++) tile(1, 4, x + r * xs, xs, wo, ws, bo, y + r * ys + o, ys, inputs, accumulate);      \
        }                                                                                                              \
        for (; o < outputs; o++) {                                                                                     \
            for (ptrdiff_t r = 0; r < rows; r++) {                                                                     \
                tile(1, 1, x + r * xs, xs, w + o * ws, ws, bias ? bias + o : 0, y + r * ys + o, ys, inputs,            \
                     accumulate);                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

LINEAR(linear_f32, tile_f32, float)
LINEAR(linear_f16_directly, tile_f16, uint16_t)

#define WIDEST_ROW 2048

/// Many rows: four weight rows at a time are widened once for all of them. The sums are the same, bit for bit.
static void linear_f16(const float *x, ptrdiff_t xs, const uint16_t *w, ptrdiff_t ws, const float *bias, float *y,
                       ptrdiff_t ys, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, bool accumulate) {
    if (rows <= ROWS_AT_ONCE || inputs > WIDEST_ROW) {
        linear_f16_directly(x, xs, w, ws, bias, y, ys, rows, inputs, outputs, accumulate);
        return;
    }
    _Alignas(64) float wide[4 * WIDEST_ROW];
    for (ptrdiff_t o = 0; o < outputs; o += 4) {
        ptrdiff_t count = outputs - o < 4 ? outputs - o : 4;
        for (ptrdiff_t row = 0; row < count; row++) {
            const uint16_t *from = w + (o + row) * ws;
            float *to = wide + row * inputs;
            ptrdiff_t k = 0;
            for (; k + LANES <= inputs; k += LANES) store(to + k, load_half(from + k));
            if (k < inputs) store_part(to + k, load_half_part(from + k, inputs - k), inputs - k);
        }
        linear_f32(x, xs, wide, inputs, bias ? bias + o : 0, y + o, ys, rows, inputs, count, accumulate);
    }
}

/// Rows `r`… of a mix, `R` of them, at two vectors of columns. Each output is one sum in the order of `inner`.
LANE void mix_tile(int R, const float *p, ptrdiff_t ps, const float *v, ptrdiff_t vs, float *y, ptrdiff_t ys,
                   ptrdiff_t inner) {
    V left[4], right[4];
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) left[r] = right[r] = all(0.0f);
    for (ptrdiff_t s = 0; s < inner; s++) {
        V first = load(v + s * vs), second = load(v + s * vs + LANES);
        _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
            V weight = all(p[r * ps + s]);
            left[r] = madd(weight, first, left[r]);
            right[r] = madd(weight, second, right[r]);
        }
    }
    _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {
        store(y + r * ys, left[r]);
        store(y + r * ys + LANES, right[r]);
    }
}

static void mix_f32(const float *p, ptrdiff_t ps, const float *v, ptrdiff_t vs, float *y, ptrdiff_t ys, ptrdiff_t rows,
                    ptrdiff_t inner, ptrdiff_t columns) {
    ptrdiff_t c = 0;
    for (; c + 2 * LANES <= columns; c += 2 * LANES) {
        ptrdiff_t r = 0;
        for (; r + 4 <= rows; r += 4) mix_tile(4, p + r * ps, ps, v + c, vs, y + r * ys + c, ys, inner);
        for (; r < rows; r++) mix_tile(1, p + r * ps, ps, v + c, vs, y + r * ys + c, ys, inner);
    }
    for (; c < columns; c += LANES) {
        ptrdiff_t n = columns - c < LANES ? columns - c : LANES;
        for (ptrdiff_t r = 0; r < rows; r++) {
            V sum = all(0.0f);
            for (ptrdiff_t s = 0; s < inner; s++) {
                sum = madd(all(p[r * ps + s]), load_part(v + s * vs + c, n), sum);
            }
            store_part(y + r * ys + c, sum, n);
        }
    }
}
