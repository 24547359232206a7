int mien_kernels_placeholder(void) { return 0; }
