// The product of upstream's protocol, to the bit that of the CPU: an element is summed from left to right, and each
// product and each sum is rounded. A fused multiplication would round once for both, and take half as long.
//
// A block computes 64 rows and 128 columns, each thread 8 by 8 of them: two groups of four rows, two of four columns.
#pragma once

constexpr u32 ROW_QUADS = 64 / 4, COLUMN_QUADS = 128 / 4;
// Lines that are in shared memory at a time.
constexpr u32 STEP_LINES = 16;
// A warp computes 32 rows and 64 columns; its lanes are 4 down and 8 across, so that they read from all banks at once.
constexpr u32 LANES_ACROSS = 8, LANES_DOWN = 32 / LANES_ACROSS;
static_assert(4 * LANES_DOWN == ROW_QUADS && 4 * LANES_ACROSS == COLUMN_QUADS, "four warps have a quarter each");
static_assert((ROW_QUADS + COLUMN_QUADS) * 16 * STEP_LINES <= 48 * 1024, "shared memory of every device");

// `QUADS` times four columns of the lines of a step.
template <u32 QUADS>
struct Strip {
    float4 quads[STEP_LINES][QUADS];

    __device__ __forceinline__ void copy(const float4* lines, u32 line_quads) {
        static_assert(STEP_LINES * QUADS % PRODUCT_THREADS == 0, "every thread copies as much");
#pragma unroll
        for (u32 copy = 0; copy < STEP_LINES * QUADS / PRODUCT_THREADS; ++copy) {
            u32 at = threadIdx.x + copy * PRODUCT_THREADS;
            quads[at / QUADS][at % QUADS] = lines[u64(at / QUADS) * line_quads + at % QUADS];
        }
    }
    // Reads the quad `first` and the one `apart` after it.
    __device__ __forceinline__ void read(u32 line, u32 first, u32 apart, float (&eight)[8]) const {
        float4 low = quads[line][first], high = quads[line][first + apart];
        eight[0] = low.x, eight[1] = low.y, eight[2] = low.z, eight[3] = low.w;
        eight[4] = high.x, eight[5] = high.y, eight[6] = high.z, eight[7] = high.w;
    }
};

// Multiplies two matrices that lie as upstream.cuh says, and writes as many lines. The left one has to be symmetric, as all
// of upstream's are: its line k is taken for its column k. Lines after row `size` are 0, and add nothing.
extern "C" __global__ void __launch_bounds__(PRODUCT_THREADS, 4)
product_fp32(const float4* left, const float4* right, float4* sums, u32 size, u32 line_quads) {
    __shared__ Strip<ROW_QUADS> rows;
    __shared__ Strip<COLUMN_QUADS> columns;
    u32 lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    u32 row_quad = warp / 2 * 2 * LANES_DOWN + lane / LANES_ACROSS;
    u32 column_quad = warp % 2 * 2 * LANES_ACROSS + lane % LANES_ACROSS;
    left += blockIdx.y * ROW_QUADS;
    right += blockIdx.x * COLUMN_QUADS;
    float mine[8][8] = {};
    for (u32 step = 0; step < size; step += STEP_LINES) {
        rows.copy(left + u64(step) * line_quads, line_quads);
        columns.copy(right + u64(step) * line_quads, line_quads);
        __syncthreads();
#pragma unroll 4
        for (u32 line = 0; line < STEP_LINES; ++line) {
            float a[8], b[8];
            rows.read(line, row_quad, LANES_DOWN, a);
            columns.read(line, column_quad, LANES_ACROSS, b);
#pragma unroll
            for (u32 i = 0; i < 8; ++i) {
#pragma unroll
                for (u32 j = 0; j < 8; ++j) {
                    mine[i][j] = __fadd_rn(mine[i][j], __fmul_rn(a[i], b[j]));
                }
            }
        }
        __syncthreads();
    }
    u32 first_row = 4 * (blockIdx.y * ROW_QUADS + row_quad);
    sums += blockIdx.x * COLUMN_QUADS + column_quad;
#pragma unroll
    for (u32 i = 0; i < 8; ++i) {
        float4* line = sums + u64(first_row + i / 4 * 4 * LANES_DOWN + i % 4) * line_quads;
        line[0] = {mine[i][0], mine[i][1], mine[i][2], mine[i][3]};
        line[LANES_ACROSS] = {mine[i][4], mine[i][5], mine[i][6], mine[i][7]};
    }
}
