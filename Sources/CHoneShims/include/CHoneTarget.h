// What the processor that a Swift target is compiled for has, and hints to its cache. Inline, so that
// the flags of the target that uses it decide.
#ifndef CHONETARGET_H
#define CHONETARGET_H

#include <stddef.h>
#include <stdint.h>

/// Whether one register holds 64 bytes, as our lanes do: there are 32 of them then. Elsewhere a lane
/// takes two to four of 16 or 32 registers.
static inline int32_t honeshim_has_wide_registers(void) {
#ifdef __AVX512F__
  return 1;
#else
  return 0;
#endif
}

/// Asks for some bytes to be brought near before they are read; never faults, whatever the address.
static inline void honeshim_prefetch(const void *address, size_t bytes) {
  const char *first = (const char *)address;
  for (size_t offset = 0; offset < bytes; offset += 64) __builtin_prefetch(first + offset);
}

#endif
