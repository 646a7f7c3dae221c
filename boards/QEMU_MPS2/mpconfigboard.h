// The qemu port's configuration, with what a terminal has on other boards, too.

#include "ports/qemu/mpconfigport.h"

#include <stddef.h>

#undef MICROPY_HW_BOARD_NAME
#define MICROPY_HW_BOARD_NAME "QEMU_MPS2"

#undef MICROPY_PY_TIME
#define MICROPY_PY_TIME (1)
#undef MICROPY_PY_SELECT
#define MICROPY_PY_SELECT (1)
#undef MICROPY_PY_ASYNCIO
#define MICROPY_PY_ASYNCIO (1)
#undef MICROPY_PY_SYS_STDIO_BUFFER
#define MICROPY_PY_SYS_STDIO_BUFFER (1)

#define MICROPY_PY_OS_URANDOM (1)
#define MICROPY_PY_OS_SYNC (1)
#define MICROPY_PY_OS_INCLUDEFILE "mps2/urandom.c"

#undef MICROPY_PY_MACHINE_INCLUDEFILE
#define MICROPY_PY_MACHINE_INCLUDEFILE "mps2/modmachine.c"
#define MICROPY_PY_MACHINE_UART (1)
#define MICROPY_PY_MACHINE_UART_INCLUDEFILE "mps2/machine_uart.c"

// Until the next interrupt: that of a UART, or the system timer's after a millisecond at most.
#define MICROPY_INTERNAL_WFE(timeout_ms) __asm volatile ("wfi")

static inline uint32_t mps2_irq_disable(void) {
    uint32_t state;
    __asm volatile ("mrs %0, primask\n cpsid i" : "=r" (state) : : "memory");
    return state;
}

static inline void mps2_irq_restore(uint32_t state) {
    __asm volatile ("msr primask, %0" : : "r" (state) : "memory");
}

#define MICROPY_BEGIN_ATOMIC_SECTION() mps2_irq_disable()
#define MICROPY_END_ATOMIC_SECTION(state) mps2_irq_restore(state)
