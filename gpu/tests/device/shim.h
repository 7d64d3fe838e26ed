// Stands in for a CUDA device, so that kernels.cu is plain C++. Included before it by the compiler's command line.
//
// Blocks run one after the other. The threads of a block are fibers on one thread of the processor, which change at barriers
// alone: each runs up to its next barrier, then the next one does.
#pragma once

#define ANNALS_SHIM

#define __global__
#define __device__
#define __constant__
#define __shared__ static
#define __forceinline__ inline
#define __launch_bounds__(...)

struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
struct alignas(16) int4 {
    int x, y, z, w;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct Index {
    unsigned x, y;
};

extern Index blockIdx, threadIdx, blockDim, gridDim;

// Lets the other threads of the block run until all wait at a barrier of this kind.
enum class Barrier { BLOCK, WARP };
void wait_at(Barrier barrier);

inline void __syncthreads() {
    wait_at(Barrier::BLOCK);
}

inline int __clz(int number) {
    return number == 0 ? 32 : __builtin_clz(number);
}

// Rounded on their own, and never made one instruction: built.rs says so to the compiler.
inline float __fmul_rn(float left, float right) {
    return left * right;
}
inline float __fadd_rn(float left, float right) {
    return left + right;
}

// Each of the four low digits of `selector` says which of the eight bytes of both words goes to its place.
inline unsigned __byte_perm(unsigned low, unsigned high, unsigned selector) {
    unsigned long long bytes = static_cast<unsigned long long>(high) << 32 | low;
    unsigned result = 0;
    for (unsigned place = 0; place < 4; ++place) {
        result |= static_cast<unsigned>(bytes >> (8 * (selector >> (4 * place) & 7)) & 0xFF) << (8 * place);
    }
    return result;
}

// The instructions of mma.cuh, as the PTX ISA describes them.
void multiply_add(int (&sums)[4], const unsigned (&left)[2], unsigned right);
void multiply_add(float (&sums)[4], const unsigned (&left)[2], unsigned right);
