// The words' arithmetic of p256_words.h for ARMv7-M: C has no carry flag, and it is half of the work.

// r = a + b. Returns the carry.
static inline limb add(limb *r, const limb *a, const limb *b) {
    limb carry;
    __asm volatile (
        "ldmia %[a]!, {r4, r5, r6, r8}\n"
        "ldmia %[b]!, {r9, r10, r12, lr}\n"
        "adds r4, r9\n"
        "adcs r5, r10\n"
        "adcs r6, r12\n"
        "adcs r8, lr\n"
        "stmia %[r]!, {r4, r5, r6, r8}\n"
        "ldmia %[a]!, {r4, r5, r6, r8}\n"
        "ldmia %[b]!, {r9, r10, r12, lr}\n"
        "adcs r4, r9\n"
        "adcs r5, r10\n"
        "adcs r6, r12\n"
        "adcs r8, lr\n"
        "stmia %[r]!, {r4, r5, r6, r8}\n"
        "mov %[carry], #0\n"
        "adc %[carry], %[carry], #0\n"
        : [r] "+r" (r), [a] "+r" (a), [b] "+r" (b), [carry] "=r" (carry)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "cc", "memory");
    return carry;
}

// r = a - b. Returns the borrow.
static inline limb subtract(limb *r, const limb *a, const limb *b) {
    limb borrow;
    __asm volatile (
        "ldmia %[a]!, {r4, r5, r6, r8}\n"
        "ldmia %[b]!, {r9, r10, r12, lr}\n"
        "subs r4, r9\n"
        "sbcs r5, r10\n"
        "sbcs r6, r12\n"
        "sbcs r8, lr\n"
        "stmia %[r]!, {r4, r5, r6, r8}\n"
        "ldmia %[a]!, {r4, r5, r6, r8}\n"
        "ldmia %[b]!, {r9, r10, r12, lr}\n"
        "sbcs r4, r9\n"
        "sbcs r5, r10\n"
        "sbcs r6, r12\n"
        "sbcs r8, lr\n"
        "stmia %[r]!, {r4, r5, r6, r8}\n"
        "sbc %[borrow], %[borrow], %[borrow]\n"
        "rsb %[borrow], %[borrow], #0\n"
        : [r] "+r" (r), [a] "+r" (a), [b] "+r" (b), [borrow] "=r" (borrow)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "cc", "memory");
    return borrow;
}

// The accumulator (c2, c1, c0) += a * b.
#define ADD_PRODUCT(a, b) do { \
    uint64_t product_ = (uint64_t)(a) * (b); \
    __asm ("adds %0, %3\n adcs %1, %4\n adc %2, %2, #0" \
        : "+&r" (c0), "+&r" (c1), "+&r" (c2) \
        : "r" ((limb)product_), "r" ((limb)(product_ >> 32)) : "cc"); \
} while (0)

// t = 2 * t + the squares of a's words, t of 16 words.
static inline void double_and_square(limb *t, const limb *a) {
    limb *at = t;
    __asm volatile (
        "mov r4, #0\n" // and no carry
        "adds r4, r4\n"
        ".rept 4\n"
        "ldmia %[at], {r4, r5, r6, r8}\n"
        "adcs r4, r4\n"
        "adcs r5, r5\n"
        "adcs r6, r6\n"
        "adcs r8, r8\n"
        "stmia %[at]!, {r4, r5, r6, r8}\n"
        ".endr\n"
        "adds %[at], %[t], #0\n"
        "mov r4, #0\n"
        "adds r4, r4\n"
        ".rept 4\n"
        "ldmia %[a]!, {r9, r10}\n"
        "ldmia %[at], {r4, r5, r6, r8}\n"
        "umull r12, lr, r9, r9\n"
        "adcs r4, r12\n"
        "adcs r5, lr\n"
        "umull r12, lr, r10, r10\n"
        "adcs r6, r12\n"
        "adcs r8, lr\n"
        "stmia %[at]!, {r4, r5, r6, r8}\n"
        ".endr\n"
        : [at] "+r" (at), [a] "+r" (a)
        : [t] "r" (t)
        : "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "cc", "memory");
}

// r = t / 2^256 modulo P, t of 16 words, which it changes. Three words (q2, q1, q0) at a time: P is
// 2^192 * (2^64 - 2^32 + 1) + 2^96 - 1, so what cancels them is q itself; at 3 words further up q is added,
// and at 6 words q * (2^64 - 2^32 + 1), which is (r10, r9, r8, r6, q0).
#define MULTIPLES \
    "rsbs r6, r3, #0\n" \
    "sbcs r8, r3, r4\n" \
    "sbcs r9, r4, r5\n" \
    "sbc r10, r5, #0\n" \
    "adds r6, r4\n" \
    "adcs r8, r5\n" \
    "adcs r9, r9, #0\n" \
    "adc r10, r10, #0\n"
static inline limb reduce_words(limb *t) {
    limb carry;
    __asm volatile (
        "ldmia %[t]!, {r3, r4, r5}\n" // words 0 to 2
        MULTIPLES
        "ldmia %[t], {r2, r11, r12, lr}\n" // 3 to 6
        "adds r2, r3\n"
        "adcs r11, r4\n"
        "adcs r12, r5\n"
        "adcs lr, r3\n"
        "stmia %[t]!, {r2, r11, r12, lr}\n"
        "ldmia %[t], {r2, r11, r12, lr}\n" // 7 to 10
        "adcs r2, r6\n"
        "adcs r11, r8\n"
        "adcs r12, r9\n"
        "adcs lr, r10\n"
        "stmia %[t], {r2, r11, r12, lr}\n"
        "mov %[carry], #0\n" // of word 11
        "adc %[carry], %[carry], #0\n"

        "subs %[t], #16\n"
        "ldmia %[t]!, {r3, r4, r5}\n" // words 3 to 5
        MULTIPLES
        "adds r8, %[carry]\n"
        "adcs r9, r9, #0\n"
        "adc r10, r10, #0\n"
        "ldmia %[t], {r2, r11, r12, lr}\n" // 6 to 9
        "adds r2, r3\n"
        "adcs r11, r4\n"
        "adcs r12, r5\n"
        "adcs lr, r3\n"
        "stmia %[t]!, {r2, r11, r12, lr}\n"
        "ldmia %[t], {r2, r11, r12, lr}\n" // 10 to 13
        "adcs r2, r6\n"
        "adcs r11, r8\n"
        "adcs r12, r9\n"
        "adcs lr, r10\n"
        "stmia %[t], {r2, r11, r12, lr}\n"
        "mov %[carry], #0\n" // of word 14
        "adc %[carry], %[carry], #0\n"

        "subs %[t], #16\n"
        "ldmia %[t]!, {r3, r4}\n" // words 6 and 7
        "rsbs r6, r3, #0\n" // their multiple is (r9, r8, r6, q0)
        "sbcs r8, r3, r4\n"
        "sbc r9, r4, #0\n"
        "adds r6, r4\n"
        "adcs r8, %[carry]\n"
        "adc r9, r9, #0\n"
        "adds %[t], #4\n"
        "ldmia %[t], {r2, r11, r12, lr}\n" // 9 to 12
        "adds r2, r3\n"
        "adcs r11, r4\n"
        "adcs r12, r12, #0\n"
        "adcs lr, r3\n"
        "stmia %[t]!, {r2, r11, r12, lr}\n"
        "ldmia %[t], {r2, r11, r12}\n" // 13 to 15
        "adcs r2, r6\n"
        "adcs r11, r8\n"
        "adcs r12, r9\n"
        "stmia %[t], {r2, r11, r12}\n"
        "mov %[carry], #0\n"
        "adc %[carry], %[carry], #0\n"
        : [t] "+l" (t), [carry] "=l" (carry)
        :
        : "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
    return carry;
}
