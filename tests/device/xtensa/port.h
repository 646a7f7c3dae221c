// The configuration of MicroPython's sources beside loader.c: a port that only loads .mpy files.
#include "qstrs.h"

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_MINIMUM)
#define MICROPY_ENABLE_COMPILER (0)
#define MICROPY_PERSISTENT_CODE_LOAD (1)
#define MICROPY_EMIT_XTENSAWIN (1)
#define MICROPY_PERSISTENT_CODE_TRACK_FUN_DATA (0) // there is no garbage collector
#define MICROPY_PERSISTENT_CODE_TRACK_BSS_RODATA (0)
#define MP_STATE_PORT MP_STATE_VM
