// Philox4x32-10: 16 random bytes at any place of a matrix.
#pragma once

struct PhiloxBlock {
    u32 words[4];
};

__device__ __forceinline__ PhiloxBlock philox(MatrixKey key, u32 block, u32 line) {
    u32 x0 = block, x1 = line, x2 = key.words[2], x3 = key.words[3];
    u32 k0 = key.words[0], k1 = key.words[1];
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        u64 u = u64(0xD2511F53) * x0, v = u64(0xCD9E8D57) * x2;
        x0 = u32(v >> 32) ^ x1 ^ k0;
        x1 = u32(v);
        x2 = u32(u >> 32) ^ x3 ^ k1;
        x3 = u32(u);
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    return {{x0, x1, x2, x3}};
}
