#ifndef HONE_H
#define HONE_H
#include <stddef.h>
#include <stdint.h>
#endif
