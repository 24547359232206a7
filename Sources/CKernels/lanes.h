// Vectors of LANES floats and the functions of analysis on them. Polynomials: Cephes (exp, log, tanh) and N. Juffa's
// erff, each within 2e-7 of the true value relative to it.

#define LANE static inline __attribute__((always_inline))

typedef float V __attribute__((vector_size(4 * LANES)));
typedef float V_unaligned __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t I __attribute__((vector_size(4 * LANES)));

LANE V all(float x) { return x - (V){}; }
LANE V load(const float *p) { return *(const V_unaligned *)p; }
LANE void store(float *p, V v) { *(V_unaligned *)p = v; }

/// The first `n` ≤ LANES lanes from memory, zeros after; `store_part` writes as many; `first_lanes` clears the others.
#if LANES == 16
LANE __mmask16 lane_mask(ptrdiff_t n) { return (__mmask16)((1u << n) - 1); }
LANE V load_part(const float *p, ptrdiff_t n) { return (V)_mm512_maskz_loadu_ps(lane_mask(n), p); }
LANE void store_part(float *p, V v, ptrdiff_t n) { _mm512_mask_storeu_ps(p, lane_mask(n), (__m512)v); }
LANE V first_lanes(V v, ptrdiff_t n) { return (V)_mm512_maskz_mov_ps(lane_mask(n), (__m512)v); }
#elif LANES == 8
LANE __m256i lane_mask(ptrdiff_t n) {
    static const int32_t ones_then_zeros[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_loadu_si256((const __m256i *)(ones_then_zeros + 8 - n));
}
LANE V load_part(const float *p, ptrdiff_t n) { return (V)_mm256_maskload_ps(p, lane_mask(n)); }
LANE void store_part(float *p, V v, ptrdiff_t n) { _mm256_maskstore_ps(p, lane_mask(n), (__m256)v); }
LANE V first_lanes(V v, ptrdiff_t n) { return (V)((I)v & (I)lane_mask(n)); }
#else
LANE V load_part(const float *p, ptrdiff_t n) {
    if (n == LANES) return load(p);
    V v = {};
    for (ptrdiff_t lane = 0; lane < n; lane++) v[lane] = p[lane];
    return v;
}

LANE void store_part(float *p, V v, ptrdiff_t n) {
    if (n == LANES) return store(p, v);
    for (ptrdiff_t lane = 0; lane < n; lane++) p[lane] = v[lane];
}

LANE V first_lanes(V v, ptrdiff_t n) {
    for (ptrdiff_t lane = n; lane < LANES; lane++) v[lane] = 0.0f;
    return v;
}
#endif

LANE V choose(I mask, V yes, V no) { return (V)((mask & (I)yes) | (~mask & (I)no)); }
LANE V absolute(V x) { return (V)((I)x & 0x7FFFFFFF); }

#if FUSED
LANE V madd(V a, V b, V c) { return __builtin_elementwise_fma(a, b, c); }
typedef _Float16 H __attribute__((vector_size(2 * LANES), aligned(2)));
LANE V load_half(const uint16_t *p) { return __builtin_convertvector(*(const H *)p, V); }
#else
LANE V madd(V a, V b, V c) { return a * b + c; }
typedef uint16_t H __attribute__((vector_size(2 * LANES), aligned(2)));
/// Half to single in integers: shift the fields into place, then rescale the exponent by a product that is exact.
LANE V load_half(const uint16_t *p) {
    I bits = __builtin_convertvector(*(const H *)p, I);
    V magnitude = (V)((bits & 0x7FFF) << 13) * all(0x1p112f);
    I special = magnitude >= all(65536.0f);
    return (V)((I)magnitude | (special & 0x7F800000) | ((bits & 0x8000) << 16));
}
#endif

LANE V load_half_part(const uint16_t *p, ptrdiff_t n) {
    uint16_t part[LANES] = {0};
    for (ptrdiff_t lane = 0; lane < n; lane++) part[lane] = p[lane];
    return load_half(part);
}

/// What is left of all lanes, halving the vector each time: their sum, their largest.
#define OVER_LANES(name, join)                                                                                         \
    LANE float name(V v) {                                                                                             \
        float part[LANES];                                                                                             \
        store(part, v);                                                                                                \
        for (int half = LANES / 2; half > 0; half /= 2) {                                                              \
            for (int lane = 0; lane < half; lane++) {                                                                  \
                float a = part[lane], b = part[lane + half];                                                           \
                part[lane] = join;                                                                                     \
            }                                                                                                          \
        }                                                                                                              \
        return part[0];                                                                                                \
    }

OVER_LANES(lane_sum, a + b)
OVER_LANES(lane_max, b > a ? b : a)

/// exp(x) of −87.33 to 88.72, any number beyond.
LANE V v_exp_between(V x) {
    // Adding 1.5·2²³ rounds to an integer, which then stands in the low bits.
    V shifted = madd(x, all(1.44269504088896341f), all(12582912.0f));
    V n = shifted - all(12582912.0f);
    V r = madd(n, all(-0.693359375f), x);
    r = madd(n, all(2.12194440e-4f), r);
    V p = all(1.9875691500e-4f);
    p = madd(p, r, all(1.3981999507e-3f));
    p = madd(p, r, all(8.3334519073e-3f));
    p = madd(p, r, all(4.1665795894e-2f));
    p = madd(p, r, all(1.6666665459e-1f));
    p = madd(p, r, all(5.0000001201e-1f));
    p = madd(p, r * r, r) + all(1.0f);
    return (V)((I)p + ((I)shifted << 23));
}

/// exp(x): 0 below −87.33 (where single precision loses its normal numbers), ∞ above 88.72.
LANE V v_exp(V x) {
    V bounded = choose(x > all(88.72f), all(88.72f), x);
    V y = v_exp_between(choose(bounded < all(-87.33f), all(-87.33f), bounded));
    y = choose(x < all(-87.33f), all(0.0f), y);
    return choose(x > all(88.72f), all(__builtin_inff()), y);
}

LANE V v_sigmoid(V x) { return all(1.0f) / (all(1.0f) + v_exp(-x)); }

LANE V v_tanh(V x) {
    V z = x * x;
    V p = all(-5.70498872745e-3f);
    p = madd(p, z, all(2.06390887954e-2f));
    p = madd(p, z, all(-5.37397155531e-2f));
    p = madd(p, z, all(1.33314422036e-1f));
    p = madd(p, z, all(-3.33332819422e-1f));
    V near = madd(p * z, x, x);
    V size = absolute(x);
    V far = all(1.0f) - all(2.0f) / (v_exp(size + size) + all(1.0f));
    far = (V)((I)far | ((I)x & (int32_t)0x80000000));
    return choose(size < all(0.625f), near, far);
}

LANE V v_erf(V x) {
    V size = absolute(x);
    V s = x * x;
    V r = madd(all(-1.72853470e-5f), size, all(3.83197126e-4f));
    V u = madd(all(-3.88396438e-3f), size, all(2.42546219e-2f));
    r = madd(r, s, u);
    r = madd(r, size, all(-1.06777877e-1f));
    r = madd(r, size, all(-6.34846687e-1f));
    r = madd(r, size, all(-1.28717512e-1f));
    r = madd(r, size, -size);
    V far = all(1.0f) - v_exp_between(r);
    // Beyond 4 the polynomial leaves its range and erf is 1 in single precision.
    far = choose(size > all(4.0f), all(1.0f), far);
    far = (V)((I)far | ((I)x & (int32_t)0x80000000));
    V p = all(-5.96761703e-4f);
    p = madd(p, s, all(4.99119423e-3f));
    p = madd(p, s, all(-2.67681349e-2f));
    p = madd(p, s, all(1.12819925e-1f));
    p = madd(p, s, all(-3.76125336e-1f));
    p = madd(p, s, all(1.28379166e-1f));
    V near = madd(p, x, x);
    V y = choose(size > all(0.927734375f), far, near);
    return choose(x == x, y, x);
}

/// log(x) of one positive normal number.
LANE float s_log(float x) {
    if (!(x > 0 && x < __builtin_inff())) return x == 0 ? -__builtin_inff() : x + x - x;
    union {
        float f;
        uint32_t u;
    } bits = {.f = x};
    int exponent = (int)(bits.u >> 23) - 126;
    bits.u = (bits.u & 0x007FFFFF) | 0x3F000000;
    float m = bits.f;
    if (m < 0.707106781186547524f) {
        exponent -= 1;
        m = m + m;
    }
    m -= 1.0f;
    float z = m * m;
    float p = 7.0376836292e-2f;
    p = p * m + -1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m + -1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m + -1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m + -2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    float y = (p * m) * z;
    float e = (float)exponent;
    y += e * -2.12194440e-4f;
    y -= 0.5f * z;
    return (m + y) + e * 0.693359375f;
}
