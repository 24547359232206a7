// The portable set: four lanes, separate multiply and add, no libm.
#pragma clang fp contract(off)

#define SET_NAME "portable"
#define SET_TABLE mien_kernels_portable
#define LANES 4
#define FUSED 0

#include "kernel_set.h"
