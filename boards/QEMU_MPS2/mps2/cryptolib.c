// The module `cryptolib`: as on other ports, but AES in ECB mode and encryption alone, which is what AES-GCM
// needs. (Those have it from axTLS or Mbed TLS; the Debian source package of MicroPython has neither.)
//
// FIPS 197, with MixColumns from SubBytes computed for a word: one table of 256 bytes, in flash.

#include <string.h>

#include "py/mperrno.h"
#include "py/runtime.h"

#define BLOCK (16)
#define ECB (1)

typedef struct {
    mp_obj_base_t base;
    int rounds;
    uint32_t keys[60];
} aes_t;

static const uint8_t sbox[256] = {
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76,
    0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0,
    0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
    0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75,
    0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
    0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
    0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8,
    0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2,
    0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
    0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
    0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79,
    0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
    0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a,
    0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e,
    0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
    0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
};

static uint32_t load(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static uint32_t rotated(uint32_t word, int bits) {
    return word >> bits | word << (32 - bits);
}

static uint32_t substituted(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    return (uint32_t)sbox[a & 0xff] | (uint32_t)sbox[b >> 8 & 0xff] << 8
        | (uint32_t)sbox[c >> 16 & 0xff] << 16 | (uint32_t)sbox[d >> 24] << 24;
}

static uint32_t mixed(uint32_t column) {
    uint32_t doubled = (column & 0x7f7f7f7f) << 1 ^ (column >> 7 & 0x01010101) * 0x1b;
    uint32_t other = column ^ doubled;
    return doubled ^ rotated(other, 8) ^ rotated(column, 16) ^ rotated(column, 24);
}

static void expand(aes_t *self, const uint8_t *key, int words) {
    self->rounds = words + 6;
    uint32_t constant = 1;
    for (int i = 0; i < 4 * (self->rounds + 1); i++) {
        if (i < words) {
            self->keys[i] = load(key + 4 * i);
            continue;
        }
        uint32_t word = self->keys[i - 1];
        if (i % words == 0) {
            word = rotated(word, 8);
            word = substituted(word, word, word, word) ^ constant;
            constant = constant << 1 ^ (constant >> 7) * 0x11b;
        } else if (words > 6 && i % words == 4) {
            word = substituted(word, word, word, word);
        }
        self->keys[i] = self->keys[i - words] ^ word;
    }
}

static void encrypt_block(const aes_t *self, const uint8_t *in, uint8_t *out) {
    const uint32_t *key = self->keys;
    uint32_t a = load(in) ^ key[0], b = load(in + 4) ^ key[1];
    uint32_t c = load(in + 8) ^ key[2], d = load(in + 12) ^ key[3];
    for (int round = 1;; round++) {
        key += 4;
        uint32_t e = substituted(a, b, c, d), f = substituted(b, c, d, a);
        uint32_t g = substituted(c, d, a, b), h = substituted(d, a, b, c);
        if (round < self->rounds) {
            e = mixed(e), f = mixed(f), g = mixed(g), h = mixed(h);
        }
        a = e ^ key[0], b = f ^ key[1], c = g ^ key[2], d = h ^ key[3];
        if (round == self->rounds) {
            break;
        }
    }
    uint32_t state[4] = {a, b, c, d};
    memcpy(out, state, BLOCK);
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t count, size_t keywords, const mp_obj_t *args) {
    mp_arg_check_num(count, keywords, 2, 2, false);
    mp_buffer_info_t key;
    mp_get_buffer_raise(args[0], &key, MP_BUFFER_READ);
    if ((key.len != 16 && key.len != 32) || mp_obj_get_int(args[1]) != ECB) {
        mp_raise_ValueError(MP_ERROR_TEXT("key or mode"));
    }
    aes_t *self = mp_obj_malloc(aes_t, type);
    expand(self, key.buf, key.len / 4);
    return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t encrypt(size_t count, const mp_obj_t *args) {
    const aes_t *self = MP_OBJ_TO_PTR(args[0]);
    mp_buffer_info_t in, out;
    vstr_t made;
    mp_get_buffer_raise(args[1], &in, MP_BUFFER_READ);
    if (count > 2) {
        mp_get_buffer_raise(args[2], &out, MP_BUFFER_WRITE);
    } else {
        vstr_init_len(&made, in.len);
        out.buf = made.buf;
        out.len = in.len;
    }
    if (in.len % BLOCK || out.len < in.len) {
        mp_raise_ValueError(MP_ERROR_TEXT("blocks"));
    }
    for (size_t at = 0; at < in.len; at += BLOCK) {
        encrypt_block(self, (const uint8_t *)in.buf + at, (uint8_t *)out.buf + at);
    }
    return count > 2 ? args[2] : mp_obj_new_bytes_from_vstr(&made);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(encrypt_obj, 2, 3, encrypt);

static const mp_rom_map_elem_t methods[] = {
    {MP_ROM_QSTR(MP_QSTR_encrypt), MP_ROM_PTR(&encrypt_obj)},
};
static MP_DEFINE_CONST_DICT(methods_dict, methods);

static MP_DEFINE_CONST_OBJ_TYPE(
    aes_type, MP_QSTR_aes, MP_TYPE_FLAG_NONE, make_new, make_new, locals_dict, &methods_dict);

static const mp_rom_map_elem_t members[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_cryptolib)},
    {MP_ROM_QSTR(MP_QSTR_aes), MP_ROM_PTR(&aes_type)},
};
static MP_DEFINE_CONST_DICT(members_dict, members);

const mp_obj_module_t cryptolib_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&members_dict,
};
MP_REGISTER_MODULE(MP_QSTR_cryptolib, cryptolib_module);
