// Upstream's protocol but for its product: matrices from seeds, the leaves of a product's rows, and the tree over them.
//
// A matrix of `size` rows and columns lies row by row, in lines of `line_quads` times four elements, and there are as many
// lines. Both are a multiple of 128 that is at least `size`: no block of the product meets an edge. What is beyond is 0.
#pragma once

// Returns the element whose row and column add up to `diagonal`: a quotient by 2^32 - 1, which is 2^32 in fp32.
__device__ __forceinline__ float xorshift_element(u32 seed, u32 diagonal) {
    u32 x = seed + diagonal;
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
    }
    return static_cast<float>(x) / 4294967296.0f;
}

// Writes a matrix. The grid is as wide as there are lines; a column of its blocks writes one.
extern "C" __global__ void __launch_bounds__(THREADS)
generate_upstream(float4* lines, u32 seed, u32 size, u32 line_quads) {
    u32 row = blockIdx.x, quad = blockIdx.y * THREADS + threadIdx.x;
    if (quad >= line_quads) {
        return;
    }
    float elements[4];
#pragma unroll
    for (u32 at = 0; at < 4; ++at) {
        u32 column = 4 * quad + at;
        elements[at] = row < size && column < size ? xorshift_element(seed, row + column) : 0.0f;
    }
    lines[u64(row) * line_quads + quad] = {elements[0], elements[1], elements[2], elements[3]};
}

// Hashes each row, its elements as they lie in memory. One thread hashes one row.
extern "C" __global__ void __launch_bounds__(THREADS)
row_leaves(const uint4* lines, u32 size, u32 line_quads, Digest* leaves) {
    if (thread_number() >= size) {
        return;
    }
    const uint4* row = lines + u64(thread_number()) * line_quads;
    // The padding is a word that begins with a 1, zeros, and the length in bits, which has two words.
    constexpr u32 PADDING_WORDS = 3;
    Sha256 sha;
#pragma unroll 1
    for (u32 first = 0; first < size + PADDING_WORDS; first += 16) {
        u32 block[16];
#pragma unroll
        for (u32 at = 0; at < 4; ++at) {
            // A line ends with a block, so each block of a row is in it as a whole; the last one may be all padding.
            uint4 quad = first < size ? row[first / 4 + at] : uint4{0, 0, 0, 0};
            block[4 * at] = swapped(quad.x), block[4 * at + 1] = swapped(quad.y);
            block[4 * at + 2] = swapped(quad.z), block[4 * at + 3] = swapped(quad.w);
        }
#pragma unroll
        for (u32 at = 0; at < 16; ++at) {
            if (first + at >= size) {
                block[at] = first + at == size ? 0x80000000 : 0;
            }
        }
        if (first + 16 >= size + PADDING_WORDS) {
            block[14] = size >> 27, block[15] = size << 5;
        }
        sha.take(block);
    }
    sha.write(&leaves[thread_number()]);
}

// Writes the nodes over `count` nodes: SHA-256(left | right), where a node without a sibling is its own.
extern "C" __global__ void __launch_bounds__(THREADS) row_level(const Digest* below, u32 count, Digest* above) {
    u32 at = thread_number();
    if (at >= count / 2 + count % 2) {
        return;
    }
    u32 left[8], right[8];
    read_digest(&below[2 * u64(at)], left);
    read_digest(&below[2 * u64(at) + (2 * u64(at) + 1 < count)], right);
    u32 block[16];
#pragma unroll
    for (u32 word = 0; word < 8; ++word) {
        block[word] = left[word], block[word + 8] = right[word];
    }
    // 64 bytes are a block, and their padding is another.
    Sha256 sha;
#pragma unroll 1
    for (u32 half = 0; half < 2; ++half) {
        sha.take(block);
#pragma unroll
        for (u32 word = 0; word < 16; ++word) {
            block[word] = word == 0 ? 0x80000000 : word == 15 ? 64 * 8 : 0;
        }
    }
    sha.write(&above[at]);
}
