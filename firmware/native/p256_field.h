// Arithmetic modulo the prime P of P-256 (SP 800-186 section 3.2.1.3).
//
// An element is 9 limbs of 29 bits, least significant first, the last one signed and as large as it must be. It
// stands for a number modulo P times 2^261 (Montgomery's form), not reduced to the end: its absolute value is
// below 16 * P. With 29 bits nine products, the multiples of P and a carry fit a signed sum of 64 bits, so a
// product is one instruction on most chips. Results may be where operands are.
//
// P is 2^256 - 2^224 + 2^192 + 2^96 - 1, so the digit that cancels a limb is the limb itself, and its multiple of
// P four shifts, 96 bits and more further up.

#define LIMBS (9)
#define BITS (29)
#define MASK ((1 << BITS) - 1)

typedef int32_t element[LIMBS];

static const element ONE = { // 2^261 mod P
    0x00000020, 0x00000000, 0x00000000, 0x1FFFC000, 0x1FFFFFFF, 0x1FFFFFFF, 0x1F7FFFFF, 0x03FFFFFF, 0x00000000,
};
static const element SQUARE = { // 2^522 mod P
    0x00000C00, 0x00000000, 0x1FFF0000, 0x1FDFFFFF, 0x1FBFFFFF, 0x1FFFFFFF, 0x1FFFFFFF, 0x1FFFFFFE, 0x00000013,
};
static const element B = { // of the curve, times 2^261
    0x1897BBFB, 0x1CDF6229, 0x018486C4, 0x01732821, 0x1DAD59E0, 0x0ABF7212, 0x1A06D110, 0x17721D20, 0x008600C3,
};
static const element PRIME = {
    0x1FFFFFFF, 0x1FFFFFFF, 0x1FFFFFFF, 0x000001FF, 0x00000000, 0x00000000, 0x00040000, 0x1FE00000, 0x00FFFFFF,
};

static void field_copy(int32_t *r, const int32_t *a) {
    for (int i = 0; i < LIMBS; ++i) {
        r[i] = a[i];
    }
}

// r = x * a + y * b; of x and y the positive ones add up to at most 3, and so do the negative ones.
static void field_lin(int32_t *r, int32_t x, const int32_t *a, int32_t y, const int32_t *b) {
    int32_t sum = 0;
#pragma GCC unroll 16
    for (int i = 0; i < LIMBS - 1; ++i) {
        sum += x * a[i] + y * b[i];
        r[i] = sum & MASK;
        sum >>= BITS;
    }
    r[LIMBS - 1] = sum + x * a[LIMBS - 1] + y * b[LIMBS - 1];
}

// value * 2^bits: the compilers' own shifts of 64 bits cost more than a product.
static inline int64_t shifted(int32_t value, int bits) {
    return (int64_t)((uint64_t)(uint32_t)(value >> (32 - bits)) << 32 | (uint32_t)value << bits);
}

#if defined(__ARM_ARCH_6M__)

// Of a chip that multiplies to 32 bits and has no library here.
static int64_t product(int32_t a, int32_t b) {
    int32_t a0 = a & 0x7FFF, b0 = b & 0x7FFF, a1 = a >> 15, b1 = b >> 15;
    return shifted(a1 * b1, 30) + shifted(a1 * b0 + a0 * b1, 15) + a0 * b0;
}

#elif defined(__XTENSA__)

// The compiler may be one for chips without MULSH, the upper half.
static inline int64_t product(int32_t a, int32_t b) {
    int32_t upper;
    __asm ("mulsh\t%0, %1, %2" : "=r" (upper) : "r" (a), "r" (b));
    return (int64_t)((uint64_t)(uint32_t)upper << 32 | (uint32_t)a * (uint32_t)b);
}

#else

static inline int64_t product(int32_t a, int32_t b) {
    return (int64_t)a * b;
}

#endif

#if defined(__ARM_ARCH_6M__) || defined(__XTENSA__)

#define POWERS
#define PLUS(value, bits) sum += shifted(value, bits)
#define MINUS(value, bits) sum -= shifted(value, bits)

#else

// Powers of two are hidden from the compiler, so that each is a product.
#define POWERS \
    int32_t plus9 = 1 << 9, plus18 = 1 << 18, minus21 = -(1 << 21), plus24 = 1 << 24; \
    __asm ("" : "+r" (plus9), "+r" (plus18), "+r" (minus21), "+r" (plus24));
#define PLUS(value, bits) sum += (int64_t)(value) * plus##bits
#define MINUS(value, bits) sum += (int64_t)(value) * minus##bits

#endif

// Column k of a sum of products is complete but for the digits' multiples of P: they, and its limb.
#define REDUCE(k) do { \
    if (k >= 3 && k - 3 < LIMBS) { \
        PLUS(q[k - 3], 9); \
    } \
    if (k >= 6 && k - 6 < LIMBS) { \
        PLUS(q[k - 6], 18); \
    } \
    if (k >= 7 && k - 7 < LIMBS) { \
        MINUS(q[k - 7], 21); \
    } \
    if (k >= 8 && k - 8 < LIMBS) { \
        PLUS(q[k - 8], 24); \
    } \
    if (k < LIMBS) { \
        q[k] = (int32_t)sum & MASK; \
    } else { \
        r[k - LIMBS] = (int32_t)sum & MASK; \
    } \
    sum >>= BITS; \
} while (0)

// r = a * b.
static void field_mul(int32_t *r, const int32_t *a, const int32_t *b) {
    int32_t q[LIMBS];
    int64_t sum = 0;
    POWERS
#pragma GCC unroll 32
    for (int k = 0; k < 2 * LIMBS - 1; ++k) {
#pragma GCC unroll 16
        for (int i = 0; i < LIMBS; ++i) {
            if (i <= k && k - i < LIMBS) {
                sum += product(a[i], b[k - i]);
            }
        }
        REDUCE(k);
    }
    r[LIMBS - 1] = (int32_t)sum;
}

// r = a * a.
static void field_sqr(int32_t *r, const int32_t *a) {
    int32_t q[LIMBS], twice[LIMBS];
    int64_t sum = 0;
    POWERS
#pragma GCC unroll 16
    for (int i = 1; i < LIMBS; ++i) {
        twice[i] = 2 * a[i];
    }
#pragma GCC unroll 32
    for (int k = 0; k < 2 * LIMBS - 1; ++k) {
#pragma GCC unroll 16
        for (int i = 0; i < LIMBS; ++i) {
            if (2 * i < k && k - i < LIMBS) {
                sum += product(a[i], twice[k - i]);
            } else if (2 * i == k) {
                sum += product(a[i], a[i]);
            }
        }
        REDUCE(k);
    }
    r[LIMBS - 1] = (int32_t)sum;
}

// Whether a is 0 modulo P.
static bool field_is_zero(const int32_t *a) {
    if (((a[0] + 16) & MASK) > 32) { // no small multiple of P: nearly always
        return false;
    }
    static const element unit = { 1 };
    element least; // from 0 to P
    field_mul(least, a, unit);
    int32_t any = 0, other = 0;
    for (int i = 0; i < LIMBS; ++i) {
        any |= least[i];
        other |= least[i] ^ PRIME[i];
    }
    return any == 0 || other == 0;
}
