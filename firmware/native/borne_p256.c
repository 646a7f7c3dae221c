// ECDSA verification on P-256 (FIPS 186-5 section 6.4.2) as a native module of MicroPython: borne.crypto.native
// loads and tests it, and borne.crypto.p256 asks it.
//
// u1*G + u2*Q by signed windows (width 6 for G, from a table; width 5 for Q) over one chain of doublings.
// Nothing is secret: signatures, keys and digests are public, so time depends on them. No private key may
// ever pass through here.

#if MICROPY_ENABLE_DYNRUNTIME
#include "py/dynruntime.h"
#else // a part of image.c
#include "py/runtime.h"
#endif

#include "p256_field.h"
#include "p256_scalar.h"

#define DIGITS (257) // of a scalar, with the last carry of its signed digits
#define BASE_WIDTH (6)
#define KEY_WIDTH (5)
#define KEY_POINTS (1 << (KEY_WIDTH - 2))

// X/Z^2 and Y/(2*Z^3): twice the usual Y saves additions. `zz` and `zzz`, of a table's point, are Z^2 and Z^3.
typedef struct {
    element x, y, z;
} point_t;

typedef struct {
    element x, y;
} affine_t;

typedef struct {
    element x, y, z, zz, zzz;
} entry_t;

#include "p256_base.h"

// What a verification works in: on the heap, for a board's stack may be small.
typedef struct {
    entry_t key[KEY_POINTS]; // 1, 3, 5... times Q
    point_t sum;
    scalar u1, u2;
    int8_t base_digits[DIGITS], key_digits[DIGITS];
    bool infinite; // then `sum` has nothing in it
} work_t;

// p = 2 * p: dbl-2001-b of the Explicit-Formulas Database, for a = -3.
static void point_double(point_t *p) {
    element a, b, c;
    field_sqr(a, p->z);
    field_lin(b, 1, p->x, -1, a);
    field_lin(a, 1, p->x, 1, a);
    field_mul(a, a, b);
    field_lin(a, 1, a, 2, a); // alpha
    field_mul(p->z, p->y, p->z);
    field_sqr(b, p->y); // 4 * gamma
    field_mul(c, p->x, b); // 4 * beta
    field_sqr(p->x, a);
    field_lin(p->x, 1, p->x, -2, c);
    field_lin(c, 2, c, -2, p->x);
    field_mul(c, a, c);
    field_sqr(b, b);
    field_lin(p->y, 1, c, -1, b);
}

// sum += sign * (x, y); `z` is the entry with Z and its powers, or NULL for Z = 1: add-2007-bl.
static void point_add(work_t *w, const int32_t *x, const int32_t *y, const entry_t *z, int sign) {
    point_t *p = &w->sum;
    element a, b, c, d;
    if (w->infinite) {
        w->infinite = false;
        field_copy(p->x, x);
        field_lin(p->y, sign, y, 0, y);
        field_copy(p->z, z ? z->z : ONE);
        return;
    }
    field_sqr(a, p->z);
    field_mul(b, x, a);
    field_mul(a, a, p->z);
    field_mul(a, a, y);
    if (z) { // the same point, with a Z that both have
        field_mul(p->x, p->x, z->zz);
        field_mul(p->y, p->y, z->zzz);
        field_mul(p->z, p->z, z->z);
    }
    field_lin(b, 1, b, -1, p->x); // H
    field_lin(a, sign, a, -1, p->y); // r
    if (field_is_zero(b)) {
        if (field_is_zero(a)) {
            point_double(p);
        } else {
            w->infinite = true;
        }
        return;
    }
    field_lin(c, 2, b, 0, b);
    field_mul(p->z, p->z, c);
    field_sqr(c, c);
    field_mul(b, b, c); // J
    field_mul(c, c, p->x); // V
    field_mul(d, b, p->y);
    field_sqr(p->x, a);
    field_lin(p->x, 1, p->x, -1, b);
    field_lin(p->x, 1, p->x, -2, c);
    field_lin(c, 1, c, -1, p->x);
    field_mul(c, a, c);
    field_lin(p->y, 2, c, -2, d);
}

static void keep(entry_t *entry, const point_t *p) {
    field_copy(entry->x, p->x);
    field_copy(entry->y, p->y);
    field_copy(entry->z, p->z);
    field_sqr(entry->zz, p->z);
    field_mul(entry->zzz, entry->zz, p->z);
}

// The odd multiples of the key (x, y).
static void make_table(work_t *w, const int32_t *x, const int32_t *y) {
    entry_t twice;
    w->infinite = true;
    point_add(w, x, y, NULL, 1);
    keep(&w->key[0], &w->sum);
    point_double(&w->sum);
    keep(&twice, &w->sum);
    point_add(w, x, y, NULL, 1);
    for (int i = 1;; ++i) {
        keep(&w->key[i], &w->sum);
        if (i == KEY_POINTS - 1) {
            break;
        }
        point_add(w, twice.x, twice.y, &twice, 1);
    }
}

// The signed digits of `k`, odd or 0, at most one that is not 0 in `width` of them.
static void recode(int8_t *digits, const uint32_t *k, int width) {
    int carry = 0, next = 0; // the first digit that is not made yet
    for (int i = 0; i < DIGITS; ++i) {
        digits[i] = 0;
        if (i < next || (int)bits(k, i, 1) == carry) {
            continue;
        }
        int digit = (int)bits(k, i, width) + carry;
        carry = digit >> (width - 1);
        digits[i] = digit - (carry << width);
        next = i + width;
    }
}

// sum = u1*G + u2*Q.
static void multiply(work_t *w) {
    recode(w->base_digits, w->u1, BASE_WIDTH);
    recode(w->key_digits, w->u2, KEY_WIDTH);
    w->infinite = true;
    for (int i = DIGITS - 1; i >= 0; --i) {
        if (!w->infinite) {
            point_double(&w->sum);
        }
        int digit = w->key_digits[i];
        if (digit) {
            int sign = digit < 0 ? -1 : 1;
            const entry_t *entry = &w->key[sign * digit >> 1];
            point_add(w, entry->x, entry->y, entry, sign);
        }
        digit = w->base_digits[i];
        if (digit) {
            int sign = digit < 0 ? -1 : 1;
            const affine_t *entry = &BASE[sign * digit >> 1];
            point_add(w, entry->x, entry->y, NULL, sign);
        }
    }
}

// r = the number a (below 2^256).
static void enter(int32_t *r, const uint32_t *a) {
    for (int i = 0; i < LIMBS; ++i) {
        r[i] = bits(a, BITS * i, BITS);
    }
    field_mul(r, r, SQUARE);
}

// Whether y^2 = x^3 - 3 * x + B.
static bool on_curve(const int32_t *x, const int32_t *y) {
    element a, b;
    field_sqr(a, x);
    field_lin(a, 1, a, -3, ONE);
    field_mul(a, a, x);
    field_lin(a, 1, a, 1, B);
    field_sqr(b, y);
    field_lin(a, 1, a, -1, b);
    return field_is_zero(a);
}

// Whether the sum's x coordinate is r modulo N, without the division: it is r or r + N.
static bool has_x(work_t *w, const uint32_t *r) {
    if (w->infinite) {
        return false;
    }
    element square, product;
    scalar candidate;
    field_sqr(square, w->sum.z);
    copy(candidate, r);
    do {
        enter(product, candidate);
        field_mul(product, product, square);
        field_lin(product, 1, product, -1, w->sum.x);
        if (field_is_zero(product)) {
            return true;
        }
    } while (!add(candidate, candidate, N) && less(candidate, P));
    return false;
}

// `count` big-endian numbers of 32 bytes.
static void take(mp_obj_t object, size_t count, uint32_t *to) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(object, &buffer, MP_BUFFER_READ);
    if (buffer.len != 32 * count) {
        mp_raise_ValueError(MP_ERROR_TEXT("size"));
    }
    const uint8_t *from = buffer.buf;
    for (size_t i = 0; i < WORDS * count; ++i, from += 4) {
        to[i ^ (WORDS - 1)] =
            (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
    }
}

// verify(key, digest, signature): x || y, 32 bytes, r || s, all big-endian. What is out of range or off the curve
// is False. Raises ValueError for other sizes, MemoryError.
static mp_obj_t verify(mp_obj_t key, mp_obj_t digest, mp_obj_t signature) {
    scalar q[2], e, rs[2];
    take(key, 2, q[0]);
    take(digest, 1, e);
    take(signature, 2, rs[0]);
    const uint32_t *r = rs[0], *s = rs[1];
    if (is_zero(r) || is_zero(s) || !less(r, N) || !less(s, N) || !less(q[0], P) || !less(q[1], P)) {
        return mp_const_false;
    }
    element x, y;
    enter(x, q[0]);
    enter(y, q[1]);
    if (!on_curve(x, y)) {
        return mp_const_false;
    }
    work_t *w = m_malloc(sizeof(work_t));
    if (!less(e, N)) {
        subtract(e, e, N);
    }
    copy(w->u1, e);
    copy(w->u2, r);
    divide(w->u1, w->u2, s);
    field_lin(y, 2, y, 0, y);
    make_table(w, x, y);
    multiply(w);
    bool valid = has_x(w, r);
    m_free(w);
    return mp_obj_new_bool(valid);
}
static MP_DEFINE_CONST_FUN_OBJ_3(verify_obj, verify);

#if MICROPY_ENABLE_DYNRUNTIME
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_verify, MP_OBJ_FROM_PTR(&verify_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
#endif
