#include "CHoneEigen.h"
