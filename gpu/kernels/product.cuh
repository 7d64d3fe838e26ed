// The product of two matrices, for hosts without cuBLAS: exact, and slower than its.
//
// A block computes a square of 64 by 64 sums, each of its four warps a quarter of it. Both matrices lie along the axis that is
// summed, so a line of either is a row of words: four int8 or two fp16 each.
#pragma once

constexpr u32 SQUARE = 64;
constexpr u32 WARPS_ACROSS = 2;
constexpr u32 PRODUCT_THREADS = WARPS_ACROSS * WARPS_ACROSS * 32;
constexpr u32 WARP_EDGE = SQUARE / WARPS_ACROSS;
// Words of each line that are in shared memory at a time, and what a line takes there: 20 words, so that the 32 words that a
// warp reads at once are in 32 banks.
constexpr u32 STEP_WORDS = 16;
constexpr u32 STEP_CHUNKS = STEP_WORDS / 4;
constexpr u32 LINE_WORDS = STEP_WORDS + 4;
// Lines and words that one instruction takes.
constexpr u32 MMA_LEFT = 16, MMA_RIGHT = 8, MMA_WORDS = 4;
constexpr u32 LEFT_PIECES = WARP_EDGE / MMA_LEFT, RIGHT_PIECES = WARP_EDGE / MMA_RIGHT;
constexpr u32 COPIES = SQUARE * STEP_CHUNKS / PRODUCT_THREADS;
static_assert(COPIES * PRODUCT_THREADS == SQUARE * STEP_CHUNKS, "every thread copies as many chunks");
static_assert(2 * SQUARE * LINE_WORDS * 4 <= 48 * 1024, "shared memory of every device");

// The lines that a block multiplies, a step of them.
struct Panel {
    uint4 chunks[SQUARE * LINE_WORDS / 4];

    // Copies the words from `first` on of the 64 lines that begin at `lines`.
    __device__ __forceinline__ void copy(const uint4* lines, u32 line_words, u32 first) {
#pragma unroll
        for (u32 copy = 0; copy < COPIES; ++copy) {
            u32 at = threadIdx.x + copy * PRODUCT_THREADS;
            u32 line = at / STEP_CHUNKS, chunk = at % STEP_CHUNKS;
            chunks[line * (LINE_WORDS / 4) + chunk] = lines[(u64(line) * line_words + first) / 4 + chunk];
        }
    }
    __device__ __forceinline__ u32 word(u32 line, u32 word) const {
        return reinterpret_cast<const u32*>(chunks)[line * LINE_WORDS + word];
    }
};

// Multiplies the 64 lines of `left` that belong to this block's row with the 64 of `right` that belong to its column. The
// grid is as wide as the product, whose size is a multiple of 64; a line has `line_words` words, a multiple of 16.
template <typename Sum>
__device__ __forceinline__ void product(const uint4* left, const uint4* right, Sum* sums, u32 line_words, Panel& rows,
                                        Panel& columns) {
    u32 size = gridDim.x * SQUARE, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    u32 group = lane / 4, member = lane % 4;
    u32 first_row = warp / WARPS_ACROSS * WARP_EDGE, first_column = warp % WARPS_ACROSS * WARP_EDGE;
    left += u64(blockIdx.y) * SQUARE * line_words / 4;
    right += u64(blockIdx.x) * SQUARE * line_words / 4;
    Sum mine[LEFT_PIECES][RIGHT_PIECES][4] = {};
    for (u32 step = 0; step < line_words; step += STEP_WORDS) {
        rows.copy(left, line_words, step);
        columns.copy(right, line_words, step);
        __syncthreads();
#pragma unroll
        for (u32 first = 0; first < STEP_WORDS; first += MMA_WORDS) {
            u32 a[LEFT_PIECES][2], b[RIGHT_PIECES];
#pragma unroll
            for (u32 i = 0; i < LEFT_PIECES; ++i) {
                a[i][0] = rows.word(first_row + MMA_LEFT * i + group, first + member);
                a[i][1] = rows.word(first_row + MMA_LEFT * i + group + 8, first + member);
            }
#pragma unroll
            for (u32 j = 0; j < RIGHT_PIECES; ++j) {
                b[j] = columns.word(first_column + MMA_RIGHT * j + group, first + member);
            }
#pragma unroll
            for (u32 i = 0; i < LEFT_PIECES; ++i) {
#pragma unroll
                for (u32 j = 0; j < RIGHT_PIECES; ++j) {
                    multiply_add(mine[i][j], a[i], b[j]);
                }
            }
        }
        __syncthreads();
    }
    u64 row = u64(blockIdx.y) * SQUARE + first_row + group, column = blockIdx.x * SQUARE + first_column + 2 * member;
#pragma unroll
    for (u32 at = 0; at < LEFT_PIECES * RIGHT_PIECES * 4; ++at) {
        u32 i = at / 4 / RIGHT_PIECES, j = at / 4 % RIGHT_PIECES, half = at / 2 % 2, odd = at % 2;
        sums[(row + MMA_LEFT * i + 8 * half) * size + column + MMA_RIGHT * j + odd] = mine[i][j][2 * half + odd];
    }
}

extern "C" __global__ void __launch_bounds__(PRODUCT_THREADS, 4)
product_int8(const uint4* left, const uint4* right, int* sums, u32 line_words) {
    __shared__ Panel rows, columns;
    product(left, right, sums, line_words, rows, columns);
}

extern "C" __global__ void __launch_bounds__(PRODUCT_THREADS, 4)
product_fp16(const uint4* left, const uint4* right, float* sums, u32 line_words) {
    __shared__ Panel rows, columns;
    product(left, right, sums, line_words, rows, columns);
}
