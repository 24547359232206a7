int mien_kernels_placeholder(void);
