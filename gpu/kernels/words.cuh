// What all rooms share: digests, keys, and words of either order of bytes.
#pragma once

typedef unsigned int u32;
typedef unsigned long long u64;

// A digest, or a key of a sweep: its 32 bytes as they are in memory, four to a word.
struct Digest {
    u32 words[8];
};

// The key of a matrix: the key of Philox, then words 2 and 3 of every counter.
struct MatrixKey {
    u32 words[4];
};

static_assert(sizeof(u32) == 4 && sizeof(u64) == 8, "arguments have the sizes that the host gives them");
static_assert(sizeof(Digest) == 32 && sizeof(MatrixKey) == 16, "arguments have the sizes that the host gives them");

// Threads of a block in every kernel but the products.
constexpr u32 THREADS = 128;

__device__ __forceinline__ u32 thread_number() {
    return blockIdx.x * blockDim.x + threadIdx.x;
}

// SHA-256 reads its words with the most significant byte first, memory has the least significant one first.
__device__ __forceinline__ u32 swapped(u32 word) {
    return __byte_perm(word, 0, 0x0123);
}
