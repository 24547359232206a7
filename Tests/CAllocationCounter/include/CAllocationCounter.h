#pragma once
#include <stdint.h>

/// Calls of malloc, calloc, realloc and the aligned ones made by the calling thread so far.
///
/// This target defines those functions over glibc's own for the whole test process, so that a test can show that a
/// piece of code does not allocate. Only tests link it.
int64_t mien_allocation_count(void);

/// Whether allocations are counted: 0 under a sanitizer, which has an allocator of its own.
int mien_counts_allocations(void);
