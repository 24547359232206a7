#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))),              \
                             apply_to = function)

#define SET_NAME "avx512"
#define SET_TABLE mien_kernels_avx512
#define LANES 16
#define FUSED 1
#define TILE_ROWS 6
#define TILE_VECTORS 4

#include "kernel_set.h"

#pragma clang attribute pop
#endif
