// Leaves of trees: one thread hashes one tile.
#pragma once

// Where an element of a product is an int32 or an fp32, its tile keeps the low 16 bits of the integer.
__device__ __forceinline__ u32 pair(int low, int high) {
    return (u32(low) & 0xFFFF) | u32(high) << 16;
}
__device__ __forceinline__ void narrow(int4 four, u32& low, u32& high) {
    low = pair(four.x, four.y), high = pair(four.z, four.w);
}
__device__ __forceinline__ void narrow(float4 four, u32& low, u32& high) {
    low = pair(int(four.x), int(four.y)), high = pair(int(four.z), int(four.w));
}

// Hashes the tiles `first_tile` .. `first_tile + tiles` of a product, with which `sums` begins, under the number of their
// round, and writes leaf q to `leaves[q]`. With a `store` it also keeps the tiles, tile `first_stored` as the first.
template <typename Four>
__device__ __forceinline__ void round_leaves(
    const Four* sums, u32 round, u32 first_tile, u32 tiles, u32 across, Digest* leaves, uint4* store, u32 first_stored) {
    u32 tile = first_tile + thread_number();
    if (tile - first_tile >= tiles) {
        return;
    }
    constexpr u32 ROW_FOURS = EDGE / 4;
    u32 tile_row = tile / across - first_tile / across;
    const Four* corner = sums + (u64(tile_row) * EDGE * across + tile % across) * ROW_FOURS;
    auto read_row = [&](u32 row, u32 (&words)[ROW_WORDS]) {
        const Four* fours = corner + u64(row) * across * ROW_FOURS;
#pragma unroll
        for (u32 at = 0; at < ROW_FOURS; ++at) {
            narrow(fours[at], words[2 * at], words[2 * at + 1]);
        }
        if (store != nullptr) {
#pragma unroll
            for (u32 at = 0; at < ROW_CHUNKS; ++at) {
                store[chunk_place(tile - first_stored, row * ROW_CHUNKS + at)] = {
                    words[4 * at], words[4 * at + 1], words[4 * at + 2], words[4 * at + 3]};
            }
        }
    };
    u32 prefix[3] = {0, round, tile};
    tile_digest(prefix, read_row).write(&leaves[tile]);
}

extern "C" __global__ void __launch_bounds__(THREADS)
round_leaves_int32(const int4* sums, u32 round, u32 first_tile, u32 tiles, u32 across, Digest* leaves, uint4* store,
                   u32 first_stored) {
    round_leaves(sums, round, first_tile, tiles, across, leaves, store, first_stored);
}

extern "C" __global__ void __launch_bounds__(THREADS)
round_leaves_fp32(const float4* sums, u32 round, u32 first_tile, u32 tiles, u32 across, Digest* leaves, uint4* store,
                  u32 first_stored) {
    round_leaves(sums, round, first_tile, tiles, across, leaves, store, first_stored);
}

// Hashes `count` kept tiles under the key of a sweep. Leaf `first` of the sweep, a multiple of 32 if there are others
// before it, goes to `leaves[0]`. `kept` holds products of `tiles` tiles, the first that of round `first_round`.
extern "C" __global__ void __launch_bounds__(THREADS)
sweep_leaves(const uint4* kept, Digest key, u32 first_round, u32 tiles, u64 first, u32 count, Digest* leaves) {
    if (thread_number() >= count) {
        return;
    }
    u64 leaf = first + thread_number();
    u32 product = u32(leaf / tiles), tile = u32(leaf % tiles);
    const uint4* store = kept + product * product_chunks(tiles);
    auto read_row = [&](u32 row, u32 (&words)[ROW_WORDS]) {
#pragma unroll
        for (u32 at = 0; at < ROW_CHUNKS; ++at) {
            uint4 chunk = store[chunk_place(tile, row * ROW_CHUNKS + at)];
            words[4 * at] = chunk.x, words[4 * at + 1] = chunk.y;
            words[4 * at + 2] = chunk.z, words[4 * at + 3] = chunk.w;
        }
    };
    const u32(&k)[8] = key.words;
    u32 prefix[11] = {2, first_round + product, tile, k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7]};
    tile_digest(prefix, read_row).write(&leaves[thread_number()]);
}
