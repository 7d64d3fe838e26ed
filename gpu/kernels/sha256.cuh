// SHA-256 (FIPS 180-4), block by block; words are as the standard has them.
#pragma once

static __constant__ const u32 SHA256_ROUNDS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

// What is left of a message after the blocks so far.
struct Sha256 {
    u32 state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    // Takes one block; `w` is worn out then.
    __device__ __forceinline__ void take(u32 (&w)[16]) {
        u32 a = state[0], b = state[1], c = state[2], d = state[3];
        u32 e = state[4], f = state[5], g = state[6], h = state[7];
#pragma unroll
        for (int round = 0; round < 64; ++round) {
            if (round >= 16) {
                w[round & 15] += low_sigma(w[(round + 1) & 15], 7, 18, 3) + w[(round + 9) & 15] +
                                 low_sigma(w[(round + 14) & 15], 17, 19, 10);
            }
            u32 one = h + sigma(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + SHA256_ROUNDS[round] + w[round & 15];
            u32 two = sigma(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + one;
            d = c, c = b, b = a, a = one + two;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d;
        state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }

    __device__ __forceinline__ void write(Digest* digest) const {
        uint4* words = reinterpret_cast<uint4*>(digest);
        words[0] = {swapped(state[0]), swapped(state[1]), swapped(state[2]), swapped(state[3])};
        words[1] = {swapped(state[4]), swapped(state[5]), swapped(state[6]), swapped(state[7])};
    }

  private:
    static __device__ __forceinline__ u32 rotated(u32 word, int bits) {
        return word >> bits | word << (32 - bits);
    }
    static __device__ __forceinline__ u32 sigma(u32 word, int one, int two, int three) {
        return rotated(word, one) ^ rotated(word, two) ^ rotated(word, three);
    }
    static __device__ __forceinline__ u32 low_sigma(u32 word, int one, int two, int shift) {
        return rotated(word, one) ^ rotated(word, two) ^ word >> shift;
    }
};
