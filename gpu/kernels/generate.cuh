// Lines of a matrix from its key, as int8 or as fp16 that have the same values.
#pragma once

// Returns the bits of the fp16 number that is `element`, from -128 to 127: all of them are exact.
__device__ __forceinline__ u32 half_bits(int element) {
    u32 magnitude = element < 0 ? -element : element;
    u32 exponent = 31 - __clz(magnitude);
    u32 fraction = magnitude << (10 - exponent) & 0x3FF;
    u32 bits = u32(element < 0) << 15 | (exponent + 15) << 10 | fraction;
    // 0 has no exponent. Chosen at the end, so that no thread of a warp waits for others.
    return magnitude == 0 ? 0 : bits;
}

__device__ __forceinline__ u32 half_pair(u32 word, u32 first_byte) {
    int low = static_cast<signed char>(word >> (8 * first_byte));
    int high = static_cast<signed char>(word >> (8 * first_byte + 8));
    return half_bits(low) | half_bits(high) << 16;
}

// Writes `blocks` blocks of 16 elements, beginning with line `first_line`; a line has `line_blocks`.
extern "C" __global__ void __launch_bounds__(THREADS)
generate_int8(uint4* lines, MatrixKey key, u32 first_line, u32 line_blocks, u32 blocks) {
    u32 at = thread_number();
    if (at < blocks) {
        PhiloxBlock block = philox(key, at % line_blocks, first_line + at / line_blocks);
        lines[at] = {block.words[0], block.words[1], block.words[2], block.words[3]};
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
generate_fp16(uint4* lines, MatrixKey key, u32 first_line, u32 line_blocks, u32 blocks) {
    u32 at = thread_number();
    if (at < blocks) {
        PhiloxBlock block = philox(key, at % line_blocks, first_line + at / line_blocks);
#pragma unroll
        for (u32 half = 0; half < 2; ++half) {
            u32 low = block.words[2 * half], high = block.words[2 * half + 1];
            lines[2 * u64(at) + half] = {half_pair(low, 0), half_pair(low, 2), half_pair(high, 0), half_pair(high, 2)};
        }
    }
}
