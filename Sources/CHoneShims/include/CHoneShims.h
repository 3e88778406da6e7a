#ifndef CHONESHIMS_H
#define CHONESHIMS_H
#include <stddef.h>
#include <stdint.h>
#endif
