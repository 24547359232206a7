#include <cblas.h>

// Debian's libopenblas-dev ships LAPACK's symbols without lapacke.h: the routines Mien calls are declared here.

/// Singular value decomposition by divide and conquer (LAPACK `sgesdd`), column-major.
void sgesdd_(const char *jobz, const int *m, const int *n, float *a, const int *lda, float *s, float *u,
             const int *ldu, float *vt, const int *ldvt, float *work, const int *lwork, int *iwork, int *info);
/// The same in double precision.
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u,
             const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *iwork, int *info);
