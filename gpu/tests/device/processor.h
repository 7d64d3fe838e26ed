// The processor as a device: the threads of a block, the instructions of a warp, memory, and the kernels by their names.
#pragma once

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include KERNELS

Index blockIdx, threadIdx, blockDim, gridDim;

[[noreturn]] static void fail(const std::string& sentence) {
    std::cerr << "the shim: " << sentence << std::endl;
    std::exit(1);
}

// --- threads of a block

enum class State { NEW, AT_BLOCK_BARRIER, AT_WARP_BARRIER, DONE };

struct Fiber {
    State state;
    // Where it goes on.
    jmp_buf place;
    std::vector<char> stack = std::vector<char>(64 * 1024);
    // What this lane brings to an instruction of its warp.
    unsigned left[2], right;
};

static std::vector<Fiber> fibers;
static std::function<void()> body;
static jmp_buf scheduler;

static Fiber& current() {
    return fibers[threadIdx.x];
}

// Jumps, because a change of context would ask the kernel for the signal mask each time: ten times as long.
[[noreturn]] static void leave() {
    _longjmp(scheduler, 1);
}

static void enter() {
    body();
    current().state = State::DONE;
    leave();
}

void wait_at(Barrier barrier) {
    Fiber& fiber = current();
    fiber.state = barrier == Barrier::BLOCK ? State::AT_BLOCK_BARRIER : State::AT_WARP_BARRIER;
    if (_setjmp(fiber.place) == 0) {
        leave();
    }
}

// Runs a fiber up to its next barrier, or its end.
static void run(Fiber& fiber) {
    if (_setjmp(scheduler) != 0) {
        return;
    }
    if (fiber.state != State::NEW) {
        _longjmp(fiber.place, 1);
    }
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = fiber.stack.data();
    context.uc_stack.ss_size = fiber.stack.size();
    context.uc_link = nullptr;
    makecontext(&context, enter, 0);
    setcontext(&context);
}

static void run_block() {
    for (Fiber& fiber : fibers) {
        fiber.state = State::NEW;
    }
    do {
        for (unsigned thread = 0; thread < blockDim.x; ++thread) {
            threadIdx = {thread, 0};
            run(fibers[thread]);
            if (fibers[thread].state != fibers[0].state) {
                fail("threads of a block wait at different barriers");
            }
        }
    } while (fibers[0].state != State::DONE);
}

// Runs a grid, whose every thread is `thread`.
static void run_grid(std::function<void()> thread, unsigned across, unsigned down, unsigned threads) {
    body = std::move(thread);
    gridDim = {across, down}, blockDim = {threads, 1};
    fibers.resize(threads);
    for (blockIdx.y = 0; blockIdx.y < down; ++blockIdx.y) {
        for (blockIdx.x = 0; blockIdx.x < across; ++blockIdx.x) {
            run_block();
        }
    }
}

// --- instructions of a warp

template <typename Dot, typename Sum>
static void multiply_add_by(Dot dot, Sum (&sums)[4], const unsigned (&left)[2], unsigned right) {
    unsigned lane = threadIdx.x % 32, group = lane / 4, member = lane % 4;
    const Fiber* warp = &fibers[threadIdx.x - lane];
    std::memcpy(current().left, left, sizeof left);
    current().right = right;
    wait_at(Barrier::WARP);
    for (unsigned at = 0; at < 4; ++at) {
        // Lanes 4 * line .. 4 * line + 3 have the words of that line.
        unsigned left_line = group, right_line = 2 * member + at % 2;
        for (unsigned word = 0; word < 4; ++word) {
            sums[at] += dot(warp[4 * left_line + word].left[at / 2], warp[4 * right_line + word].right);
        }
    }
    wait_at(Barrier::WARP);
}

static int dot_int8(unsigned left, unsigned right) {
    int sum = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        sum += static_cast<signed char>(left >> shift) * static_cast<signed char>(right >> shift);
    }
    return sum;
}

static float value_of_half(unsigned bits) {
    unsigned exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
    if (exponent == 0 || exponent == 0x1F) {
        if (fraction != 0 || exponent != 0) {
            fail("a half that is no element");
        }
        return 0;
    }
    float magnitude = static_cast<float>(0x400 | fraction) * static_cast<float>(1u << exponent) / (1 << 25);
    return bits >> 15 & 1 ? -magnitude : magnitude;
}

static float dot_fp16(unsigned left, unsigned right) {
    float low = value_of_half(left & 0xFFFF) * value_of_half(right & 0xFFFF);
    return low + value_of_half(left >> 16) * value_of_half(right >> 16);
}

void multiply_add(int (&sums)[4], const unsigned (&left)[2], unsigned right) {
    multiply_add_by(dot_int8, sums, left, right);
}

void multiply_add(float (&sums)[4], const unsigned (&left)[2], unsigned right) {
    multiply_add_by(dot_fp16, sums, left, right);
}

// --- memory

// Returns memory that a page which belongs to nobody follows.
static char* guarded(size_t bytes) {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    if (bytes == 0 || bytes % 16 != 0) {
        fail("buffers are a multiple of 16 bytes");
    }
    size_t whole = (bytes + page - 1) / page * page;
    void* pages = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(static_cast<char*>(pages) + whole, page, PROT_NONE) != 0) {
        fail("there is no memory");
    }
    char* begin = static_cast<char*>(pages) + whole - bytes;
    // Nobody may rely on zeros.
    std::memset(begin, 0xA5, bytes);
    return begin;
}

// --- kernels

// Calls `visit` with the kernel of this name; returns whether there is one.
template <typename Visit>
static bool with_kernel(const std::string& name, Visit visit) {
    if (name == "generate_int8") return visit(generate_int8), true;
    if (name == "generate_fp16") return visit(generate_fp16), true;
    if (name == "product_int8") return visit(product_int8), true;
    if (name == "product_fp16") return visit(product_fp16), true;
    if (name == "round_leaves_int32") return visit(round_leaves_int32), true;
    if (name == "round_leaves_fp32") return visit(round_leaves_fp32), true;
    if (name == "sweep_leaves") return visit(sweep_leaves), true;
    if (name == "tree_level") return visit(tree_level), true;
    if (name == "generate_upstream") return visit(generate_upstream), true;
    if (name == "product_fp32") return visit(product_fp32), true;
    if (name == "row_leaves") return visit(row_leaves), true;
    if (name == "row_level") return visit(row_level), true;
    return false;
}
