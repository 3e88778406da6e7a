// What Swift cannot say: thread-local memory, the processor, and C functions with awkward types.
#ifndef CHONESHIMS_H
#define CHONESHIMS_H

#include <stddef.h>
#include <stdint.h>

#include "CHoneApart.h"
#include "CHoneLaneSums.h"
#include "CHoneTarget.h"
#include "CHoneProcessor.h"

/// Keeps a text as this thread's last failure, cut at a character of UTF-8 where it is too long.
///
/// Swift has no thread-local variables, and the text must outlive the Swift string.
void honeshim_set_last_error(const char *text, size_t length);

/// This thread's last failure, "" before the first.
const char *honeshim_last_error(void);

/// The number of cores that this process may use, at least one.
///
/// The macros over `cpu_set_t` do not reach Swift.
int32_t honeshim_core_count(void);

/// The length of a string, or `limit` when it has no end within `limit` bytes.
size_t honeshim_length(const char *text, size_t limit);

#endif
