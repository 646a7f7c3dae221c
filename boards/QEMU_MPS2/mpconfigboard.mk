# The qemu port's board MPS2_AN385, with the parts that it lacks: mps2/ has them.
include boards/MPS2_AN385/mpconfigboard.mk

# What MicroPython gets for all of its heap, the tables of its garbage collector included.
MICROPY_HEAP_SIZE = 100000

MICROPY_VFS_LFS2 = 1
FROZEN_MANIFEST = $(BOARD_DIR)/manifest.py
USER_C_MODULES = $(BOARD_DIR)
CFLAGS += -DMP_CONFIGFILE='"$(BOARD_DIR)/mpconfigboard.h"' -I$(BOARD_DIR)
QSTR_GLOBAL_DEPENDENCIES += $(BOARD_DIR)/mpconfigboard.h

# mps2/boot.c and mps2/serial.c stand in for these functions of the port; mps2/heap.c adds to the last.
LDFLAGS += -Wl,--wrap=main
LDFLAGS += -Wl,--wrap=mp_hal_stdio_poll -Wl,--wrap=mp_hal_stdin_rx_chr -Wl,--wrap=mp_hal_stdout_tx_strn
LDFLAGS += -Wl,--wrap=gc_collect_end

# The port's own leaves no place for what a 64-bit division brings with it (littlefs has one).
LDSCRIPT = $(BOARD_DIR)/mps2.ld
