#ifndef CHONEEIGEN_H
#define CHONEEIGEN_H
#include <stddef.h>
#include <stdint.h>

#include "CHoneGemm.h"

#endif
