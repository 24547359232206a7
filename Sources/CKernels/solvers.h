// Steps of bounded least squares, in double precision. Sums run in one order, eight at a time, without fused
// multiply-add: the same bytes in every set.

typedef double D8 __attribute__((vector_size(64)));
typedef double D8_unaligned __attribute__((vector_size(64), aligned(8)));

/// y += scale·x.
LANE void add_scaled_doubles(double scale, const double *x, double *y, ptrdiff_t count) {
#pragma clang fp contract(off)
    ptrdiff_t i = 0;
    for (; i + 8 <= count; i += 8) *(D8_unaligned *)(y + i) += scale * *(const D8_unaligned *)(x + i);
    for (; i < count; i++) y[i] += scale * x[i];
}

static void combine_rows(const double *matrix, const double *weights, double *sum, ptrdiff_t rows, ptrdiff_t columns) {
    for (ptrdiff_t row = 0; row < rows; row++) {
        if (weights[row] != 0) add_scaled_doubles(weights[row], matrix + row * columns, sum, columns);
    }
}

static void descend(const double *normal, const double *inverse, const double *lower, const double *upper, double *x,
                    double *gradient, ptrdiff_t n, ptrdiff_t sweeps, double least) {
#pragma clang fp contract(off)
    for (ptrdiff_t sweep = 0; sweep < sweeps; sweep++) {
        bool moved = false;
        for (ptrdiff_t i = 0; i < n; i++) {
            double next = x[i] - gradient[i] * inverse[i];
            next = next < lower[i] ? lower[i] : next;
            next = next > upper[i] ? upper[i] : next;
            double change = next - x[i];
            if (__builtin_fabs(change) < least || change == 0) continue;
            x[i] = next;
            moved = true;
            add_scaled_doubles(change, normal + i * n, gradient, n);
        }
        if (!moved) break;
    }
}

static void descend_pairs(const double *normal, const double *inverse, const double *lower, const double *upper,
                          double *x, double *gradient, ptrdiff_t pairs, ptrdiff_t sweeps, double least) {
#pragma clang fp contract(off)
    ptrdiff_t n = 2 * pairs;
    for (ptrdiff_t sweep = 0; sweep < sweeps; sweep++) {
        bool moved = false;
        for (ptrdiff_t a = 0; a < n; a += 2) {
            ptrdiff_t b = a + 1;
            const double *row_a = normal + a * n, *row_b = normal + b * n;
            double slope_a = gradient[a] - row_a[a] * x[a] - row_a[b] * x[b];
            double slope_b = gradient[b] - row_b[a] * x[a] - row_b[b] * x[b];
            double next_a = -slope_a * inverse[a], next_b = -slope_b * inverse[b];
            next_a = next_a < lower[a] ? lower[a] : next_a;
            next_a = next_a > upper[a] ? upper[a] : next_a;
            next_b = next_b < lower[b] ? lower[b] : next_b;
            next_b = next_b > upper[b] ? upper[b] : next_b;
            double value_a = next_a * (slope_a + 0.5 * row_a[a] * next_a);
            double value_b = next_b * (slope_b + 0.5 * row_b[b] * next_b);
            // An actuator that cannot stand at 0 has one half only.
            bool takes_b = upper[b] < 0 || (lower[a] <= 0 && value_b < value_a);
            double change_a = (takes_b ? 0 : next_a) - x[a], change_b = (takes_b ? next_b : 0) - x[b];
            if (__builtin_fabs(change_a) + __builtin_fabs(change_b) < least) continue;
            moved = true;
            x[a] += change_a;
            x[b] += change_b;
            if (change_a != 0) add_scaled_doubles(change_a, row_a, gradient, n);
            if (change_b != 0) add_scaled_doubles(change_b, row_b, gradient, n);
        }
        if (!moved) break;
    }
}

static void solve_open(const double *normal, const double *gradient, ptrdiff_t n, const ptrdiff_t *open,
                       ptrdiff_t count, double *factor, double *step) {
#pragma clang fp contract(off)
    // Rows end with zeros, so that whole vectors may run past them.
    ptrdiff_t stride = n + 8;
    // UᵀU, row by row, with the right side as a last column; U stands in the upper triangle.
    for (ptrdiff_t row = 0; row < count; row++) {
        const double *from = normal + open[row] * n;
        double *to = factor + row * stride;
        for (ptrdiff_t column = row; column < count; column++) to[column] = from[open[column]];
        to[count] = -gradient[open[row]];
        for (ptrdiff_t column = count + 1; column < count + 8; column++) to[column] = 0;
    }
    for (ptrdiff_t row = 0; row < count; row++) {
        double *pivot_row = factor + row * stride;
        double remainder = pivot_row[row];
        ptrdiff_t place = open[row] * (n + 1);
        if (!(remainder > 1e-13 * normal[place])) {
            pivot_row[row] = 0;
            continue;
        }
        double scale = 1 / __builtin_sqrt(remainder);
        for (ptrdiff_t column = row; column <= count; column += 8) *(D8_unaligned *)(pivot_row + column) *= scale;
        for (ptrdiff_t below = row + 1; below < count; below++) {
            double share = pivot_row[below];
            double *to = factor + below * stride;
            for (ptrdiff_t column = below; column <= count; column += 8) {
                *(D8_unaligned *)(to + column) -= share * *(const D8_unaligned *)(pivot_row + column);
            }
        }
    }
    for (ptrdiff_t row = count - 1; row >= 0; row--) {
        const double *pivot_row = factor + row * stride;
        step[row] = 0;
        if (pivot_row[row] <= 0) continue;
        double sum = pivot_row[count];
        for (ptrdiff_t k = row + 1; k < count; k++) sum -= pivot_row[k] * step[k];
        step[row] = sum / pivot_row[row];
    }
}
