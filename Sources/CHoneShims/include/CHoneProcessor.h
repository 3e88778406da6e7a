// The processor features that compilers use without being asked to, one bit each.
//
// The kernels are compiled for a named processor, the C interface for every processor of the
// architecture. The one says with `honeeigen_required_features` what it needs, the other asks with
// `honeshim_missing_feature` whether it is there.
#ifndef CHONEPROCESSOR_H
#define CHONEPROCESSOR_H

#include <stdint.h>

#define HONESHIM_SSE3 (UINT64_C(1) << 0)
#define HONESHIM_SSSE3 (UINT64_C(1) << 1)
#define HONESHIM_SSE41 (UINT64_C(1) << 2)
#define HONESHIM_SSE42 (UINT64_C(1) << 3)
#define HONESHIM_POPCNT (UINT64_C(1) << 4)
#define HONESHIM_AVX (UINT64_C(1) << 5)
#define HONESHIM_F16C (UINT64_C(1) << 6)
#define HONESHIM_FMA (UINT64_C(1) << 7)
#define HONESHIM_AVX2 (UINT64_C(1) << 8)
#define HONESHIM_BMI1 (UINT64_C(1) << 9)
#define HONESHIM_BMI2 (UINT64_C(1) << 10)
#define HONESHIM_LZCNT (UINT64_C(1) << 11)
#define HONESHIM_MOVBE (UINT64_C(1) << 12)
#define HONESHIM_AVX512F (UINT64_C(1) << 13)
#define HONESHIM_AVX512CD (UINT64_C(1) << 14)
#define HONESHIM_AVX512BW (UINT64_C(1) << 15)
#define HONESHIM_AVX512DQ (UINT64_C(1) << 16)
#define HONESHIM_AVX512VL (UINT64_C(1) << 17)
#define HONESHIM_AVX512IFMA (UINT64_C(1) << 18)
#define HONESHIM_AVX512VBMI (UINT64_C(1) << 19)
#define HONESHIM_AVX512VBMI2 (UINT64_C(1) << 20)
#define HONESHIM_AVX512VNNI (UINT64_C(1) << 21)
#define HONESHIM_AVX512BITALG (UINT64_C(1) << 22)
#define HONESHIM_AVX512VPOPCNTDQ (UINT64_C(1) << 23)
#define HONESHIM_AVX512BF16 (UINT64_C(1) << 24)
#define HONESHIM_AVX512FP16 (UINT64_C(1) << 25)
#define HONESHIM_AVXVNNI (UINT64_C(1) << 26)
#define HONESHIM_GFNI (UINT64_C(1) << 27)
#define HONESHIM_VAES (UINT64_C(1) << 28)
#define HONESHIM_VPCLMULQDQ (UINT64_C(1) << 29)
#define HONESHIM_SSE4A (UINT64_C(1) << 30)
#define HONESHIM_FMA4 (UINT64_C(1) << 31)
#define HONESHIM_XOP (UINT64_C(1) << 32)

#ifdef __cplusplus
extern "C" {
#endif

/// The name of the first of the required features that the processor, or its operating system,
/// lacks; NULL when all are there. On architectures other than x86-64 nothing is ever missing.
const char *honeshim_missing_feature(uint64_t required);

#ifdef __cplusplus
}
#endif

#endif
