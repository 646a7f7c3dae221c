// Sums and products of 256 bits, word by word.

#if defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_7EM__)
#include "p256_thumb2.h"
#else

// r = a + b. Returns the carry.
static limb add(limb *r, const limb *a, const limb *b) {
    uint64_t sum = 0;
#pragma GCC unroll 8
    for (int i = 0; i < LIMBS; ++i) {
        sum += (uint64_t)a[i] + b[i];
        r[i] = (limb)sum;
        sum >>= 32;
    }
    return (limb)sum;
}

// r = a - b. Returns the borrow.
static limb subtract(limb *r, const limb *a, const limb *b) {
    int64_t sum = 0;
#pragma GCC unroll 8
    for (int i = 0; i < LIMBS; ++i) {
        sum += (int64_t)a[i] - b[i];
        r[i] = (limb)sum;
        sum >>= 32;
    }
    return (limb)-sum;
}

// The accumulator (c2, c1, c0) += a * b.
#define ADD_PRODUCT(a, b) do { \
    uint64_t product_ = (uint64_t)(a) * (b); \
    uint64_t sum_ = (c0 | (uint64_t)c1 << 32) + product_; \
    c2 += sum_ < product_; \
    c0 = (limb)sum_; \
    c1 = (limb)(sum_ >> 32); \
} while (0)

// t = 2 * t + the squares of a's words, t of 16 words.
static inline void double_and_square(limb *t, const limb *a) {
    limb carry = 0, top = 0;
    for (int i = 0; i < LIMBS; ++i) {
        uint64_t square = (uint64_t)a[i] * a[i];
        uint64_t sum = (uint64_t)(t[2 * i] << 1 | top) + (limb)square + carry;
        top = t[2 * i] >> 31;
        t[2 * i] = (limb)sum;
        sum = (uint64_t)(t[2 * i + 1] << 1 | top) + (limb)(square >> 32) + (limb)(sum >> 32);
        top = t[2 * i + 1] >> 31;
        t[2 * i + 1] = (limb)sum;
        carry = (limb)(sum >> 32);
    }
}

// t[8] to t[15] = t / 2^256 modulo P, t of 16 words. Returns the carry. P is -1 modulo 2^96, so what cancels
// a word is the word itself, and its multiple of P is added 3, 6 and 8 words further up, less that at 7.
static inline limb reduce_words(limb *t) {
    int64_t sum = 0;
#pragma GCC unroll 16
    for (int i = 0; i < 2 * LIMBS; ++i) {
        sum += t[i];
        if (i >= 3 && i - 3 < LIMBS) {
            sum += t[i - 3];
        }
        if (i >= 6 && i - 6 < LIMBS) {
            sum += t[i - 6];
        }
        if (i >= 7 && i - 7 < LIMBS) {
            sum -= t[i - 7];
        }
        if (i >= LIMBS) {
            sum += t[i - LIMBS];
        }
        t[i] = (limb)sum;
        sum >>= 32;
    }
    return (limb)sum;
}

#endif

// t = a * b, of 16 words.
static inline void multiply_words(limb *t, const limb *a, const limb *b) {
    limb c0 = 0, c1 = 0, c2 = 0;
#pragma GCC unroll 16
    for (int k = 0; k < 2 * LIMBS - 1; ++k) {
#pragma GCC unroll 8
        for (int i = 0; i < LIMBS; ++i) {
            if (i <= k && k - i < LIMBS) {
                ADD_PRODUCT(a[i], b[k - i]);
            }
        }
        t[k] = c0;
        c0 = c1;
        c1 = c2;
        c2 = 0;
    }
    t[2 * LIMBS - 1] = c0;
}

// t = a * a, of 16 words: the products of different words once, and then all of it.
static inline void square_words(limb *t, const limb *a) {
    limb c0 = 0, c1 = 0, c2 = 0;
    t[0] = 0;
#pragma GCC unroll 16
    for (int k = 1; k < 2 * LIMBS - 2; ++k) {
#pragma GCC unroll 8
        for (int i = 0; i < LIMBS; ++i) {
            if (2 * i < k && k - i < LIMBS) {
                ADD_PRODUCT(a[i], a[k - i]);
            }
        }
        t[k] = c0;
        c0 = c1;
        c1 = c2;
        c2 = 0;
    }
    t[2 * LIMBS - 2] = c0;
    t[2 * LIMBS - 1] = 0;
    double_and_square(t, a);
}
