// One ECDSA verification on P-256 by mbedTLS on QEMU's mps2-an385, without an operating system: how many
// instructions it takes, by a timer that advances by one in 40 of them (25 MHz, one nanosecond each).

#include <stdint.h>

#include "mbedtls/ecdsa.h"

#define TIMER_CTRL (*(volatile uint32_t *)0x40000000)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004)
#define TIMER_RELOAD (*(volatile uint32_t *)0x40000008)
#define PER_COUNT (40)

#define SYS_WRITE0 (4) // Arm's semihosting
#define SYS_EXIT (0x18)
#define EXITED ((void *)0x20026)

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;

static void semihosting(int operation, const void *argument) {
    register int r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile ("bkpt 0xAB" : "+r" (r0) : "r" (r1) : "memory");
}

// For newlib's malloc.
void *_sbrk(int more) {
    static char heap[256 * 1024];
    static int used;
    used += more;
    return heap + used - more;
}

static void say(const char *text, uint32_t number) {
    char digits[12] = { 0 }, *at = digits + 10;
    *at = '\n';
    do {
        *--at = '0' + number % 10;
        number /= 10;
    } while (number);
    semihosting(SYS_WRITE0, text);
    semihosting(SYS_WRITE0, at);
}

// RFC 6979, appendix A.2.5: SHA-256, message "sample".
static const char X[] = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6";
static const char Y[] = "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
static const char R[] = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716";
static const char S[] = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";
static uint8_t digest[32] = {
    0xaf, 0x2b, 0xdb, 0xe1, 0xaa, 0x9b, 0x6e, 0xc1, 0xe2, 0xad, 0xe1, 0xd6, 0x94, 0xf4, 0x1f, 0xc7,
    0x1a, 0x83, 0x1d, 0x02, 0x68, 0xe9, 0x89, 0x15, 0x62, 0x11, 0x3d, 0x8a, 0x62, 0xad, 0xd1, 0xbf,
};

static void measure(void) {
    mbedtls_ecp_group group;
    mbedtls_ecp_point key;
    mbedtls_mpi r, s;
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&key);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
    mbedtls_ecp_point_read_string(&key, 16, X, Y);
    mbedtls_mpi_read_string(&r, 16, R);
    mbedtls_mpi_read_string(&s, 16, S);
    TIMER_RELOAD = TIMER_VALUE = 0xFFFFFFFF;
    TIMER_CTRL = 1;
    uint32_t start = TIMER_VALUE;
    int good = mbedtls_ecdsa_verify(&group, digest, sizeof(digest), &key, &r, &s);
    uint32_t took = start - TIMER_VALUE;
    digest[0] ^= 1;
    int bad = mbedtls_ecdsa_verify(&group, digest, sizeof(digest), &key, &r, &s);
    say("accepted ", good == 0);
    say("refused ", bad == MBEDTLS_ERR_ECP_VERIFY_FAILED);
    say("instructions ", took * PER_COUNT);
}

static void start(void) {
    for (uint32_t *from = &_sidata, *to = &_sdata; to < &_edata;) {
        *to++ = *from++;
    }
    for (uint32_t *to = &_sbss; to < &_ebss;) {
        *to++ = 0;
    }
    measure();
    semihosting(SYS_EXIT, EXITED);
}

static void fault(void) {
    semihosting(SYS_WRITE0, "fault\n");
    semihosting(SYS_EXIT, EXITED);
}

__attribute__((section(".isr_vector"), used)) static const void *const vectors[16] = {
    &_estack, start, fault, fault, fault, fault, fault,
};
