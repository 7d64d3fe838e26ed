// The instructions of the tensor cores, which all devices from sm_75 on have.
//
// Both take 16 lines of the left matrix, 8 of the right one and 16 bytes of each line, and add the products to the sums. With
// lane = 4 * group + member, a lane brings word `member` of left lines `group` and `group + 8` and of right line `group`, and
// has the sums of those left lines and of right lines 2 * member and 2 * member + 1 (PTX ISA, "Matrix Fragments for
// mma.m8n8k16" and "mma.m16n8k8").
#pragma once

__device__ __forceinline__ void multiply_add(int (&sums)[4], const u32 (&left)[2], u32 right) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        asm("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};"
            : "+r"(sums[2 * half]), "+r"(sums[2 * half + 1])
            : "r"(left[half]), "r"(right));
    }
}

__device__ __forceinline__ void multiply_add(float (&sums)[4], const u32 (&left)[2], u32 right) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(left[0]), "r"(left[1]), "r"(right));
}
