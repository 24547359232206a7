#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define SET_NAME "avx2"
#define SET_TABLE mien_kernels_avx2
#define LANES 8
#define FUSED 1
#define TILE_ROWS 6
#define TILE_VECTORS 2

#include "kernel_set.h"

#pragma clang attribute pop
#endif
