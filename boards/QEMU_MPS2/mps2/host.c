// Semihosting for AArch32, Arm's ABI 2.0, section 2.6: the operations of the host that QEMU runs on.

#include "mps2.h"

#define SYS_OPEN (0x01)
#define SYS_READ (0x06)
#define SYS_GET_CMDLINE (0x15)
#define READ_BINARY (1)

static int32_t call(uint32_t operation, const void *arguments) {
    register uint32_t r0 __asm ("r0") = operation;
    register const void *r1 __asm ("r1") = arguments;
    __asm volatile ("bkpt 0xab" : "+r" (r0) : "r" (r1) : "memory");
    return r0;
}

bool host_random(void *data, size_t size) {
    static const char path[] = "/dev/urandom";
    static int32_t handle = -1;
    if (handle < 0) {
        const uint32_t open[] = {(uint32_t)path, READ_BINARY, sizeof(path) - 1};
        handle = call(SYS_OPEN, open);
        if (handle < 0) {
            return false;
        }
    }
    const uint32_t read[] = {handle, (uint32_t)data, size};
    return call(SYS_READ, read) == 0; // bytes that were not read
}

void host_arguments(char *text, size_t size) {
    const uint32_t block[] = {(uint32_t)text, size};
    if (call(SYS_GET_CMDLINE, block) != 0) {
        text[0] = 0;
    }
}
