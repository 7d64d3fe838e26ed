// A level of a tree from the level below.
#pragma once

__device__ __forceinline__ void read_digest(const Digest* digest, u32 (&words)[8]) {
    const uint4* halves = reinterpret_cast<const uint4*>(digest);
    uint4 low = halves[0], high = halves[1];
    words[0] = swapped(low.x), words[1] = swapped(low.y), words[2] = swapped(low.z), words[3] = swapped(low.w);
    words[4] = swapped(high.x), words[5] = swapped(high.y), words[6] = swapped(high.z), words[7] = swapped(high.w);
}

// Returns the word that the last byte of `before` and the first three of `word` make.
__device__ __forceinline__ u32 shifted(u32 before, u32 word) {
    return before << 24 | word >> 8;
}

// Writes the nodes over `count` nodes: SHA-256(0x01 | left | right), where zeros stand for a right one that is missing.
extern "C" __global__ void __launch_bounds__(THREADS) tree_level(const Digest* below, u32 count, Digest* above) {
    u32 at = thread_number();
    if (at >= count / 2 + count % 2) {
        return;
    }
    u32 left[8], right[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    read_digest(&below[2 * u64(at)], left);
    if (2 * u64(at) + 1 < count) {
        read_digest(&below[2 * u64(at) + 1], right);
    }
    // The byte before both digests shifts each of their words by one byte.
    u32 block[16];
#pragma unroll
    for (u32 word = 0; word < 8; ++word) {
        block[word] = shifted(word == 0 ? 0x01 : left[word - 1], left[word]);
        block[word + 8] = shifted(word == 0 ? left[7] : right[word - 1], right[word]);
    }
    // 65 bytes and their padding are two blocks.
    u32 last[16] = {right[7] << 24 | 0x00800000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65 * 8};
    Sha256 sha;
#pragma unroll 1
    for (u32 half = 0; half < 2; ++half) {
        sha.take(block);
#pragma unroll
        for (u32 word = 0; word < 16; ++word) {
            block[word] = last[word];
        }
    }
    sha.write(&above[at]);
}
