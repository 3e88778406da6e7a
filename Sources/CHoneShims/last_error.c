#include <string.h>

#include "CHoneShims.h"

static _Thread_local char last_error[2048];

void honeshim_set_last_error(const char *text, size_t length) {
  size_t kept = length < sizeof last_error ? length : sizeof last_error - 1;
  // Bytes 10xxxxxx continue a character: one that would be cut in half is left out whole.
  if (kept < length) {
    while (kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80) kept--;
  }
  memcpy(last_error, text, kept);
  last_error[kept] = 0;
}

const char *honeshim_last_error(void) { return last_error; }
