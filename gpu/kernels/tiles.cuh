// How tiles lie in memory, and how one is hashed.
#pragma once

constexpr u32 EDGE = 32;
// A row of a tile is 16 words of two elements, which lie as four chunks of 16 bytes.
constexpr u32 ROW_WORDS = EDGE / 2;
constexpr u32 ROW_CHUNKS = ROW_WORDS / 4;
constexpr u32 TILE_CHUNKS = EDGE * ROW_CHUNKS;
constexpr u32 GROUP_TILES = 32;
static_assert(TILE_CHUNKS * 16 == 2048, "a tile is 2,048 bytes");
static_assert(THREADS % GROUP_TILES == 0, "a warp hashes the tiles of one group");

// 32 tiles make a group: the first chunk of each, then the second of each, and so on. A warp has a tile in every lane and
// asks for the same chunk of all of them at once: that way it gets 512 bytes in one piece.
__device__ __forceinline__ u64 chunk_place(u64 tile, u32 chunk) {
    return (tile / GROUP_TILES * TILE_CHUNKS + chunk) * GROUP_TILES + tile % GROUP_TILES;
}

// The chunks of a product, whole groups.
__device__ __forceinline__ u64 product_chunks(u32 tiles) {
    return u64((tiles + GROUP_TILES - 1) / GROUP_TILES) * GROUP_TILES * TILE_CHUNKS;
}

// Hashes `PREFIX` words and a tile, whose rows `read_row(row, words)` gives, words as they lie in memory.
//
// A row of a tile is as long as a block of SHA-256, so each block holds the end of one row and the beginning of the next;
// the padding takes the place of a row after the last.
template <u32 PREFIX, typename ReadRow>
__device__ __forceinline__ Sha256 tile_digest(const u32 (&prefix)[PREFIX], ReadRow read_row) {
    static_assert(PREFIX + 3 <= ROW_WORDS, "the padding fits after the last row's end");
    constexpr u32 BITS = (PREFIX + EDGE * ROW_WORDS) * 32;
    Sha256 sha;
    u32 before[PREFIX];
#pragma unroll
    for (u32 at = 0; at < PREFIX; ++at) {
        before[at] = swapped(prefix[at]);
    }
#pragma unroll 1
    for (u32 row = 0; row <= EDGE; ++row) {
        u32 words[ROW_WORDS] = {0x80};
        if (row < EDGE) {
            read_row(row, words);
        }
        u32 block[16];
#pragma unroll
        for (u32 at = 0; at < 16; ++at) {
            block[at] = at < PREFIX ? before[at] : swapped(words[at - PREFIX]);
        }
        if (row == EDGE) {
            block[15] = BITS;
        }
#pragma unroll
        for (u32 at = 0; at < PREFIX; ++at) {
            before[at] = swapped(words[16 - PREFIX + at]);
        }
        sha.take(block);
    }
    return sha;
}
