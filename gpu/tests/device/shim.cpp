// Runs kernels.cu for the tests: reads commands, one a line, and writes the bytes that are asked for.
//
//   allocate BYTES
//   launch KERNEL BLOCKS_ACROSS BLOCKS_DOWN THREADS ARGUMENT..      each argument with its type, which the kernel's has to be
//   read BUFFER AT BYTES
//
// Whatever is wrong ends it with a sentence. A kernel that leaves the end of a buffer ends it, too: a page that belongs to
// nobody lies there.

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
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

struct Buffer {
    char* begin;
    size_t bytes;
};

static std::vector<Buffer> buffers;

static void allocate(size_t bytes) {
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
    buffers.push_back({begin, bytes});
}

static char* place(size_t buffer, size_t at) {
    if (buffer >= buffers.size() || at >= buffers[buffer].bytes || at % 16 != 0) {
        fail("there is no such place in memory");
    }
    return buffers[buffer].begin + at;
}

// --- launches

static std::string value_of(std::istream& words, const std::string& type) {
    std::string word;
    words >> word;
    size_t colon = word.find(':');
    if (word.substr(0, colon) != type) {
        fail("the kernel takes a " + type + " and is given " + word);
    }
    return word.substr(colon + 1);
}

template <size_t BYTES>
static std::array<unsigned char, BYTES> bytes_of(const std::string& hex) {
    std::array<unsigned char, BYTES> bytes;
    if (hex.size() != 2 * BYTES) {
        fail("an argument of another length");
    }
    for (size_t at = 0; at < BYTES; ++at) {
        bytes[at] = static_cast<unsigned char>(std::stoul(hex.substr(2 * at, 2), nullptr, 16));
    }
    return bytes;
}

template <typename T>
struct Argument;

template <>
struct Argument<u32> {
    static u32 read(std::istream& words) { return static_cast<u32>(std::stoul(value_of(words, "u32"))); }
};
template <>
struct Argument<u64> {
    static u64 read(std::istream& words) { return std::stoull(value_of(words, "u64")); }
};
template <>
struct Argument<MatrixKey> {
    static MatrixKey read(std::istream& words) {
        MatrixKey key;
        std::memcpy(&key, bytes_of<sizeof key>(value_of(words, "MatrixKey")).data(), sizeof key);
        return key;
    }
};
template <>
struct Argument<Digest> {
    static Digest read(std::istream& words) {
        Digest digest;
        std::memcpy(&digest, bytes_of<sizeof digest>(value_of(words, "Digest")).data(), sizeof digest);
        return digest;
    }
};
template <typename T>
struct Argument<T*> {
    static T* read(std::istream& words) {
        std::string value = value_of(words, "pointer");
        if (value == "null") {
            return nullptr;
        }
        std::istringstream numbers(value);
        size_t buffer, at;
        char plus;
        numbers >> buffer >> plus >> at;
        return reinterpret_cast<T*>(place(buffer, at));
    }
};

using Launch = std::function<std::function<void()>(std::istream&)>;

// What reads the arguments of a kernel and returns one thread of it.
template <typename... Types>
static Launch launch_of(void (*kernel)(Types...)) {
    return [kernel](std::istream& words) -> std::function<void()> {
        // Braces, so that they are read from left to right.
        std::tuple<Types...> arguments{Argument<Types>::read(words)...};
        std::string more;
        if (words >> more) {
            fail("the kernel takes no more than " + std::to_string(sizeof...(Types)) + " arguments");
        }
        return [kernel, arguments] { std::apply(kernel, arguments); };
    };
}

static const std::map<std::string, Launch> KERNELS_BY_NAME = {
    {"generate_int8", launch_of(generate_int8)},
    {"generate_fp16", launch_of(generate_fp16)},
    {"product_int8", launch_of(product_int8)},
    {"product_fp16", launch_of(product_fp16)},
    {"round_leaves_int32", launch_of(round_leaves_int32)},
    {"round_leaves_fp32", launch_of(round_leaves_fp32)},
    {"sweep_leaves", launch_of(sweep_leaves)},
    {"tree_level", launch_of(tree_level)},
};

static void launch(std::istream& words) {
    std::string name;
    words >> name >> gridDim.x >> gridDim.y >> blockDim.x;
    auto kernel = KERNELS_BY_NAME.find(name);
    if (kernel == KERNELS_BY_NAME.end()) {
        fail("no kernel " + name);
    }
    body = kernel->second(words);
    fibers.resize(blockDim.x);
    for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y) {
        for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) {
            run_block();
        }
    }
}

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words(line);
        std::string verb;
        words >> verb;
        if (verb == "allocate") {
            size_t bytes = 0;
            words >> bytes;
            allocate(bytes);
        } else if (verb == "launch") {
            launch(words);
        } else if (verb == "read") {
            size_t buffer = 0, at = 0, bytes = 0;
            words >> buffer >> at >> bytes;
            if (at + bytes > buffers.at(buffer).bytes) {
                fail("a read after the end of a buffer");
            }
            std::fwrite(place(buffer, at), 1, bytes, stdout);
            std::fflush(stdout);
        } else {
            fail("no command: " + line);
        }
    }
}
