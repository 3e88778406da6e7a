#include "CHoneEigen.h"
#include "CHoneProcessor.h"

// One constant, so that the function can be called before anyone knows what the processor can do.
uint64_t honeeigen_required_features(void) noexcept {
  return 0
#ifdef __SSE3__
         | HONESHIM_SSE3
#endif
#ifdef __SSSE3__
         | HONESHIM_SSSE3
#endif
#ifdef __SSE4_1__
         | HONESHIM_SSE41
#endif
#ifdef __SSE4_2__
         | HONESHIM_SSE42
#endif
#ifdef __POPCNT__
         | HONESHIM_POPCNT
#endif
#ifdef __AVX__
         | HONESHIM_AVX
#endif
#ifdef __F16C__
         | HONESHIM_F16C
#endif
#ifdef __FMA__
         | HONESHIM_FMA
#endif
#ifdef __AVX2__
         | HONESHIM_AVX2
#endif
#ifdef __BMI__
         | HONESHIM_BMI1
#endif
#ifdef __BMI2__
         | HONESHIM_BMI2
#endif
#ifdef __LZCNT__
         | HONESHIM_LZCNT
#endif
#ifdef __MOVBE__
         | HONESHIM_MOVBE
#endif
#ifdef __AVX512F__
         | HONESHIM_AVX512F
#endif
#ifdef __AVX512CD__
         | HONESHIM_AVX512CD
#endif
#ifdef __AVX512BW__
         | HONESHIM_AVX512BW
#endif
#ifdef __AVX512DQ__
         | HONESHIM_AVX512DQ
#endif
#ifdef __AVX512VL__
         | HONESHIM_AVX512VL
#endif
#ifdef __AVX512IFMA__
         | HONESHIM_AVX512IFMA
#endif
#ifdef __AVX512VBMI__
         | HONESHIM_AVX512VBMI
#endif
#ifdef __AVX512VBMI2__
         | HONESHIM_AVX512VBMI2
#endif
#ifdef __AVX512VNNI__
         | HONESHIM_AVX512VNNI
#endif
#ifdef __AVX512BITALG__
         | HONESHIM_AVX512BITALG
#endif
#ifdef __AVX512VPOPCNTDQ__
         | HONESHIM_AVX512VPOPCNTDQ
#endif
#ifdef __AVX512BF16__
         | HONESHIM_AVX512BF16
#endif
#ifdef __AVX512FP16__
         | HONESHIM_AVX512FP16
#endif
#ifdef __AVXVNNI__
         | HONESHIM_AVXVNNI
#endif
#ifdef __GFNI__
         | HONESHIM_GFNI
#endif
#ifdef __VAES__
         | HONESHIM_VAES
#endif
#ifdef __VPCLMULQDQ__
         | HONESHIM_VPCLMULQDQ
#endif
#ifdef __SSE4A__
         | HONESHIM_SSE4A
#endif
#ifdef __FMA4__
         | HONESHIM_FMA4
#endif
#ifdef __XOP__
         | HONESHIM_XOP
#endif
      ;
}
