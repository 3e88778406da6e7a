#define _GNU_SOURCE
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "CHoneShims.h"

#if defined(__x86_64__)
#include <cpuid.h>

enum { eax, ebx, ecx, edx };

/// Where CPUID reports a feature, and which registers the system must save for it.
struct feature {
  uint64_t bit;
  const char *name;
  unsigned leaf, subleaf, reg, position, state;
};

/// Bits of XCR0: none, the ymm registers, those and the masks and zmm registers.
enum { plain = 0, avx_state = 0x06, avx512_state = 0xE6 };

#define FEATURE(bit, name, leaf, subleaf, reg, position, state) \
  {HONESHIM_##bit, name, leaf, subleaf, reg, position, state}

// Ordered so that the name a person sees first is the telling one: the wide ones, then the rest.
// Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E.
static const struct feature features[] = {
    FEATURE(AVX512F, "AVX-512F", 7, 0, ebx, 16, avx512_state),
    FEATURE(AVX512CD, "AVX-512CD", 7, 0, ebx, 28, avx512_state),
    FEATURE(AVX512BW, "AVX-512BW", 7, 0, ebx, 30, avx512_state),
    FEATURE(AVX512DQ, "AVX-512DQ", 7, 0, ebx, 17, avx512_state),
    FEATURE(AVX512VL, "AVX-512VL", 7, 0, ebx, 31, avx512_state),
    FEATURE(AVX512IFMA, "AVX-512IFMA", 7, 0, ebx, 21, avx512_state),
    FEATURE(AVX512VBMI, "AVX-512VBMI", 7, 0, ecx, 1, avx512_state),
    FEATURE(AVX512VBMI2, "AVX-512VBMI2", 7, 0, ecx, 6, avx512_state),
    FEATURE(AVX512VNNI, "AVX-512VNNI", 7, 0, ecx, 11, avx512_state),
    FEATURE(AVX512BITALG, "AVX-512BITALG", 7, 0, ecx, 12, avx512_state),
    FEATURE(AVX512VPOPCNTDQ, "AVX-512VPOPCNTDQ", 7, 0, ecx, 14, avx512_state),
    FEATURE(AVX512FP16, "AVX-512FP16", 7, 0, edx, 23, avx512_state),
    FEATURE(AVX512BF16, "AVX-512BF16", 7, 1, eax, 5, avx512_state),
    FEATURE(AVXVNNI, "AVX-VNNI", 7, 1, eax, 4, avx_state),
    FEATURE(AVX2, "AVX2", 7, 0, ebx, 5, avx_state),
    FEATURE(FMA, "FMA", 1, 0, ecx, 12, avx_state),
    FEATURE(AVX, "AVX", 1, 0, ecx, 28, avx_state),
    FEATURE(F16C, "F16C", 1, 0, ecx, 29, avx_state),
    FEATURE(VAES, "VAES", 7, 0, ecx, 9, avx_state),
    FEATURE(VPCLMULQDQ, "VPCLMULQDQ", 7, 0, ecx, 10, avx_state),
    FEATURE(GFNI, "GFNI", 7, 0, ecx, 8, plain),
    FEATURE(FMA4, "FMA4", 0x80000001, 0, ecx, 16, avx_state),
    FEATURE(XOP, "XOP", 0x80000001, 0, ecx, 11, avx_state),
    FEATURE(BMI1, "BMI1", 7, 0, ebx, 3, plain),
    FEATURE(BMI2, "BMI2", 7, 0, ebx, 8, plain),
    FEATURE(LZCNT, "LZCNT", 0x80000001, 0, ecx, 5, plain),
    FEATURE(MOVBE, "MOVBE", 1, 0, ecx, 22, plain),
    FEATURE(SSE4A, "SSE4a", 0x80000001, 0, ecx, 6, plain),
    FEATURE(SSE42, "SSE4.2", 1, 0, ecx, 20, plain),
    FEATURE(SSE41, "SSE4.1", 1, 0, ecx, 19, plain),
    FEATURE(SSSE3, "SSSE3", 1, 0, ecx, 9, plain),
    FEATURE(SSE3, "SSE3", 1, 0, ecx, 0, plain),
    FEATURE(POPCNT, "POPCNT", 1, 0, ecx, 23, plain),
};

/// The register sets that the operating system saves between threads.
static unsigned saved_state(void) {
  unsigned r[4];
  if (!__get_cpuid(1, &r[eax], &r[ebx], &r[ecx], &r[edx]) || !(r[ecx] & (1u << 27))) return 0;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static int has(const struct feature *feature, unsigned state) {
  unsigned r[4];
  if (!__get_cpuid_count(feature->leaf, feature->subleaf, &r[eax], &r[ebx], &r[ecx], &r[edx]))
    return 0;
  // Leaf 7 says in eax how many sheets it has; one beyond holds whatever.
  if (feature->leaf == 7 && feature->subleaf > 0) {
    unsigned first[4];
    if (!__get_cpuid_count(7, 0, &first[eax], &first[ebx], &first[ecx], &first[edx])) return 0;
    if (first[eax] < feature->subleaf) return 0;
  }
  return (r[feature->reg] >> feature->position & 1) && (state & feature->state) == feature->state;
}

const char *honeshim_missing_feature(uint64_t required) {
  const unsigned state = saved_state();
  for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
    if ((required & features[i].bit) && !has(&features[i], state)) return features[i].name;
  }
  return NULL;
}
#else
const char *honeshim_missing_feature(uint64_t required) {
  (void)required;
  return NULL;
}
#endif

int32_t honeshim_core_count(void) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    const int count = CPU_COUNT(&allowed);
    if (count > 0) return count;
  }
#endif
  const long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count < 1 ? 1 : count > 4096 ? 4096 : (int32_t)count;
}

size_t honeshim_length(const char *text, size_t limit) { return strnlen(text, limit); }
