// Runs kernels for the tests: reads commands, one a line, and writes the bytes that are asked for.
//
//   allocate BYTES
//   launch KERNEL BLOCKS_ACROSS BLOCKS_DOWN THREADS ARGUMENT..      each argument with its type, which the kernel's has to be
//   read BUFFER AT BYTES
//
// Whatever is wrong ends it with a sentence. A kernel that leaves the end of a buffer ends it, too.

#include <array>
#include <cstdio>
#include <sstream>
#include <tuple>

#include "processor.h"

struct Buffer {
    char* begin;
    size_t bytes;
};

static std::vector<Buffer> buffers;

static char* place(size_t buffer, size_t at) {
    if (buffer >= buffers.size() || at >= buffers[buffer].bytes || at % 16 != 0) {
        fail("there is no such place in memory");
    }
    return buffers[buffer].begin + at;
}

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

// Reads the arguments of a kernel, and returns one thread of it.
template <typename... Types>
static std::function<void()> thread_of(void (*kernel)(Types...), std::istream& words) {
    // Braces, so that they are read from left to right.
    std::tuple<Types...> arguments{Argument<Types>::read(words)...};
    std::string more;
    if (words >> more) {
        fail("the kernel takes no more than " + std::to_string(sizeof...(Types)) + " arguments");
    }
    return [kernel, arguments] { std::apply(kernel, arguments); };
}

static void launch(std::istream& words) {
    std::string name;
    unsigned across = 0, down = 0, threads = 0;
    words >> name >> across >> down >> threads;
    auto run = [&](auto kernel) { run_grid(thread_of(kernel, words), across, down, threads); };
    if (!with_kernel(name, run)) {
        fail("no kernel " + name);
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
            buffers.push_back({guarded(bytes), bytes});
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
