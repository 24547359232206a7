// The portable set: four lanes, separate multiply and add, no libm.
#pragma clang fp contract(off)

#define SET_NAME "portable"
#define SET_TABLE mien_kernels_portable
#define LANES 4
#define FUSED 0
#if defined(__aarch64__)
#define TILE_ROWS 6
#else
#define TILE_ROWS 3
#endif
#define TILE_VECTORS 4

#include "kernel_set.h"
