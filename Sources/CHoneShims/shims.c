#include "CHoneShims.h"
