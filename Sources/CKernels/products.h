// Products of rows with a matrix [inputs, outputs], and with the panels of a linear layer. Inputs come in parts of 64:
// each part of an output is one sum in the order of the inputs, and the parts are added to its bias one by one. So an
// output does not depend on the rows and outputs that are computed together, and rounding errors stay small.

#define UNROLLED _Pragma("clang loop unroll(full)")
/// Inputs of a part. A panel's widened weights for them, 16 KiB, stay in the first cache.
#define PART 64
/// Most parts that a row sums side by side: at four vectors of outputs, as many sums as half of the registers hold.
#define MOST_PARTS (TILE_ROWS * TILE_VECTORS > 16 ? 4 : 2)

/// Bytes ahead of what few rows read that is fetched from memory.
#define AHEAD 16384

/// How weights are read: floats that are near, floats and halves that only few rows use, which are fetched ahead, or
/// halves that are kept as floats for the rows that follow.
enum weights { FLOATS, PASSING_FLOATS, PASSING_HALVES, KEPT_HALVES };

/// y[r, o] = Σ_k x[r, k]·w[k, o] (+ bias[o]) (+ the y that was there), over `parts` parts of `inputs` inputs.
struct product {
    const float *x;
    ptrdiff_t x_stride;
    const void *w;
    ptrdiff_t w_stride;
    const float *bias;
    float *y;
    ptrdiff_t y_stride, rows, inputs, outputs;
    bool accumulate;
    ptrdiff_t parts;
    enum weights kind;
    float *kept;
};

/// A vector of weights, or its first `n` ≤ LANES. Halves are read whole: their panels are.
LANE V weights_at(const struct product *p, ptrdiff_t place, bool whole, ptrdiff_t n) {
    if (p->kind == FLOATS || p->kind == PASSING_FLOATS) {
        const float *w = (const float *)p->w + place;
        return whole ? load(w) : load_part(w, n);
    }
    V weights = load_half((const uint16_t *)p->w + place);
    if (p->kind == KEPT_HALVES) store(p->kept + place, weights);
    return weights;
}

/// Fetches a panel's weights for an input to come; of those that are kept, which come part by part, in the next part.
LANE void fetch(const struct product *p, ptrdiff_t input) {
    ptrdiff_t bytes = MIEN_PANEL * (p->kind == PASSING_FLOATS ? sizeof(float) : sizeof(uint16_t));
    const char *w = (const char *)p->w + input * bytes + (p->kind == KEPT_HALVES ? PART * bytes : AHEAD);
    UNROLLED for (ptrdiff_t line = 0; line < bytes; line += 64) __builtin_prefetch(w + line, 0, 2);
}

/// `R` rows from `r` by `C` vectors of outputs from `o`; a single vector may be of `n` < LANES outputs. `P` parts are
/// read side by side: few rows wait for memory, which gives more to several readers.
LANE void tile(int P, int R, int C, const struct product *p, ptrdiff_t r, ptrdiff_t o, ptrdiff_t n) {
    const float *x = p->x + r * p->x_stride;
    float *y = p->y + r * p->y_stride + o;
    bool whole = C > 1;
    V sums[MOST_PARTS][TILE_ROWS][4];
    UNROLLED for (int part = 0; part < P; part++) {
        UNROLLED for (int i = 0; i < R; i++) {
            UNROLLED for (int c = 0; c < C; c++) sums[part][i][c] = all(0.0f);
        }
    }
    for (ptrdiff_t k = 0; k < p->inputs; k++) {
        UNROLLED for (int part = 0; part < P; part++) {
            ptrdiff_t input = k + part * PART;
            if (p->kind != FLOATS && o == 0) fetch(p, input);
            V weights[4];
            UNROLLED for (int c = 0; c < C; c++) {
                weights[c] = weights_at(p, input * p->w_stride + o + c * LANES, whole, n);
            }
            UNROLLED for (int i = 0; i < R; i++) {
                V value = all(x[i * p->x_stride + input]);
                UNROLLED for (int c = 0; c < C; c++) sums[part][i][c] = madd(value, weights[c], sums[part][i][c]);
            }
        }
    }
    UNROLLED for (int c = 0; c < C; c++) {
        V bias = all(0.0f);
        if (p->bias) bias = whole ? load(p->bias + o + c * LANES) : load_part(p->bias + o, n);
        UNROLLED for (int i = 0; i < R; i++) {
            float *there = y + i * p->y_stride + c * LANES;
            V sum = p->accumulate ? bias + (whole ? load(there) : load_part(there, n)) : bias;
            UNROLLED for (int part = 0; part < P; part++) sum += sums[part][i][c];
            if (whole) store(there, sum);
            else store_part(there, sum, n);
        }
    }
}

/// All rows by `C` vectors of outputs.
LANE void stripe(int C, const struct product *p, ptrdiff_t o, ptrdiff_t n) {
    if (p->parts == MOST_PARTS) return tile(MOST_PARTS, 1, C, p, 0, o, n);
    if (p->parts == 2) return tile(2, 2, C, p, 0, o, n);
    ptrdiff_t r = 0;
    if (C <= TILE_VECTORS) {
        for (; r + TILE_ROWS <= p->rows; r += TILE_ROWS) tile(1, TILE_ROWS, C, p, r, o, n);
        for (; TILE_ROWS > 4 && r + 4 <= p->rows; r += 4) tile(1, 4, C, p, r, o, n);
    }
    for (; r + 2 <= p->rows; r += 2) tile(1, 2, C, p, r, o, n);
    for (; r < p->rows; r++) tile(1, 1, C, p, r, o, n);
}

/// All rows and outputs. What is computed is a copy, which nobody else can see, so the compiler keeps it in registers.
LANE void compute(enum weights kind, struct product p) {
    p.kind = kind;
    ptrdiff_t o = 0;
    if (TILE_VECTORS == 4 || p.rows <= 2) {
        for (; o + 4 * LANES <= p.outputs; o += 4 * LANES) stripe(4, &p, o, LANES);
    }
    for (; o + 2 * LANES <= p.outputs; o += 2 * LANES) stripe(2, &p, o, LANES);
    for (; o < p.outputs; o += LANES) stripe(1, &p, o, p.outputs - o < LANES ? p.outputs - o : LANES);
}

static void compute_floats(struct product p) { compute(FLOATS, p); }
static void compute_passing_floats(struct product p) { compute(PASSING_FLOATS, p); }
static void compute_passing_halves(struct product p) { compute(PASSING_HALVES, p); }

/// Many rows: the first of them leave the weights widened to the others. The sums are the same, bit for bit.
static void compute_kept_halves(struct product p) {
    _Alignas(64) float kept[PART * MIEN_PANEL];
    struct product first = p, others = p;
    first.kept = kept;
    first.rows = TILE_ROWS;
    compute(KEPT_HALVES, first);
    others.w = kept;
    others.x += TILE_ROWS * p.x_stride;
    others.y += TILE_ROWS * p.y_stride;
    others.rows -= TILE_ROWS;
    compute_floats(others);
}

/// Goes through the outputs, `panel` at a time, and for each through the parts of the inputs: all rows take a panel's
/// part together, so weights come from memory once.
LANE void each_part(struct product p, ptrdiff_t panel, ptrdiff_t weight_size, void (*compute_part)(struct product)) {
    if (p.rows == 0) return;
    struct product now = p;
    ptrdiff_t most = p.rows > 2 ? 1 : MOST_PARTS / p.rows;
    for (ptrdiff_t o = 0; o < p.outputs; o += panel) {
        now.outputs = p.outputs - o < panel ? p.outputs - o : panel;
        now.y = p.y + o;
        ptrdiff_t k = 0;
        do {
            ptrdiff_t left = p.inputs - k;
            now.parts = left >= most * PART ? most : 1;
            now.inputs = left < PART ? left : PART;
            now.x = p.x + k;
            now.w = (const char *)p.w + (o * p.inputs + k * p.w_stride) * weight_size;
            now.bias = p.bias && k == 0 ? p.bias + o : 0;
            now.accumulate = p.accumulate || k > 0;
            compute_part(now);
            k += now.parts * PART;
        } while (k < p.inputs);
    }
}

static void linear_f32(const float *x, ptrdiff_t xs, const float *panels, const float *bias, float *y, ptrdiff_t ys,
                       ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, bool accumulate) {
    struct product p = {x, xs, panels, MIEN_PANEL, bias, y, ys, rows, inputs, outputs, accumulate};
    if (rows > TILE_ROWS) each_part(p, MIEN_PANEL, sizeof(float), compute_floats);
    else each_part(p, MIEN_PANEL, sizeof(float), compute_passing_floats);
}

static void linear_f16(const float *x, ptrdiff_t xs, const uint16_t *panels, const float *bias, float *y,
                       ptrdiff_t ys, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, bool accumulate) {
    struct product p = {x, xs, panels, MIEN_PANEL, bias, y, ys, rows, inputs, outputs, accumulate};
    if (rows > TILE_ROWS) each_part(p, MIEN_PANEL, sizeof(uint16_t), compute_kept_halves);
    else each_part(p, MIEN_PANEL, sizeof(uint16_t), compute_passing_halves);
}

static void product_f32(const float *x, ptrdiff_t xs, const float *w, ptrdiff_t ws, float *y, ptrdiff_t ys,
                        ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs) {
    struct product p = {x, xs, w, ws, 0, y, ys, rows, inputs, outputs, false};
    each_part(p, outputs, sizeof(float), compute_floats);
}

/// Turns rows into columns, four by four where they are whole.
#define TRANSPOSE(name, type)                                                                                          \
    static void name(const type *x, ptrdiff_t xs, type *y, ptrdiff_t ys, ptrdiff_t rows, ptrdiff_t columns) {          \
        typedef type Four __attribute__((vector_size(4 * sizeof(type)), aligned(sizeof(type))));                       \
        ptrdiff_t whole_rows = rows & ~(ptrdiff_t)3, whole_columns = columns & ~(ptrdiff_t)3;                          \
        for (ptrdiff_t k = 0; k < whole_columns; k += 4) {                                                             \
            for (ptrdiff_t r = 0; r < whole_rows; r += 4) {                                                            \
                const type *from = x + r * xs + k;                                                                     \
                type *to = y + k * ys + r;                                                                             \
                Four a = *(const Four *)from, b = *(const Four *)(from + xs);                                          \
                Four c = *(const Four *)(from + 2 * xs), d = *(const Four *)(from + 3 * xs);                           \
                Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);   \
                *(Four *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);                                             \
                *(Four *)(to + ys) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);                                      \
                ab = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);        \
                *(Four *)(to + 2 * ys) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);                                  \
                *(Four *)(to + 3 * ys) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);                                  \
            }                                                                                                          \
        }                                                                                                              \
        for (ptrdiff_t r = 0; r < rows; r++) {                                                                         \
            for (ptrdiff_t k = r < whole_rows ? whole_columns : 0; k < columns; k++) y[k * ys + r] = x[r * xs + k];    \
        }                                                                                                              \
    }

TRANSPOSE(transpose_f32, float)
TRANSPOSE(transpose_f16, uint16_t)
