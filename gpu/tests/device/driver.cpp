// A libcuda and a libcublas for the tests: as much of both as a prover calls, on the processor. Device pointers are pointers.
//
// The driver runs the kernels' own source, under the names that it finds in the PTX. cuBLAS multiplies in three loops, and only
// what it is asked for rightly.

#include <tuple>

#include "processor.h"

namespace {

constexpr int SUCCESS = 0, NOT_FOUND = 500, INVALID_VALUE = 1;
constexpr size_t MEMORY_BYTES = 1 << 28;

struct Kernel {
    std::string name;
};

// The arguments of a kernel are copied when it is launched, as many bytes of each as its type has.
template <typename... Types, size_t... At>
std::function<void()> thread_of(void (*kernel)(Types...), void** arguments, std::index_sequence<At...>) {
    std::tuple<Types...> copied{*static_cast<Types*>(arguments[At])...};
    return [kernel, copied] { std::apply(kernel, copied); };
}

template <typename... Types>
std::function<void()> thread_of(void (*kernel)(Types...), void** arguments) {
    return thread_of(kernel, arguments, std::index_sequence_for<Types...>());
}

template <typename Element, typename Sum, typename Value>
void multiply(int columns, int rows, int length, const Element* right, const Element* left, Sum* sums, Value value) {
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            Sum sum = 0;
            for (int at = 0; at < length; ++at) {
                sum += value(left[row * length + at]) * value(right[column * length + at]);
            }
            sums[row * columns + column] = sum;
        }
    }
}

}  // namespace

extern "C" {

int cuInit(unsigned) {
    return SUCCESS;
}
int cuDeviceGetCount(int* count) {
    return *count = 1, SUCCESS;
}
int cuDeviceGet(int* device, int index) {
    return *device = index, index == 0 ? SUCCESS : INVALID_VALUE;
}
int cuDeviceGetName(char* name, int length, int) {
    return std::strncpy(name, "processor", static_cast<size_t>(length)), SUCCESS;
}
int cuDeviceGetAttribute(int* value, int, int) {
    return *value = 0, SUCCESS;
}
int cuDevicePrimaryCtxRetain(void** context, int) {
    static int only;
    return *context = &only, SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int) {
    return SUCCESS;
}
int cuCtxSetCurrent(void*) {
    return SUCCESS;
}
int cuCtxGetCurrent(void** context) {
    return cuDevicePrimaryCtxRetain(context, 0);
}
int cuEventCreate(void** event, unsigned) {
    static int only;
    return *event = &only, SUCCESS;
}
int cuEventDestroy_v2(void*) {
    return SUCCESS;
}
int cuStreamSynchronize(void*) {
    return SUCCESS;
}

int cuModuleLoadData(void** module, const void* ptx) {
    return *module = new std::string(static_cast<const char*>(ptx)), SUCCESS;
}
int cuModuleUnload(void* module) {
    return delete static_cast<std::string*>(module), SUCCESS;
}
int cuModuleGetFunction(void** function, void* module, const char* name) {
    std::string entry = std::string(".visible .entry ") + name + "(";
    bool is_there = static_cast<std::string*>(module)->find(entry) != std::string::npos;
    // One for each name, for as long as the process runs.
    *function = new Kernel{name};
    return is_there ? SUCCESS : NOT_FOUND;
}
int cuLaunchKernel(void* function, unsigned across, unsigned down, unsigned, unsigned threads, unsigned, unsigned, unsigned,
                   void*, void** arguments, void**) {
    auto run = [&](auto kernel) { run_grid(thread_of(kernel, arguments), across, down, threads); };
    return with_kernel(static_cast<Kernel*>(function)->name, run) ? SUCCESS : NOT_FOUND;
}

int cuMemGetInfo_v2(size_t* free, size_t* all) {
    return *free = *all = MEMORY_BYTES, SUCCESS;
}
int cuMemAlloc_v2(u64* pointer, size_t bytes) {
    return *pointer = reinterpret_cast<u64>(guarded(bytes)), SUCCESS;
}
// A test allocates little, and a page that is never used again shows what is.
int cuMemFree_v2(u64) {
    return SUCCESS;
}
int cuMemcpyDtoHAsync_v2(void* to, u64 from, size_t bytes, void*) {
    return std::memcpy(to, reinterpret_cast<const void*>(from), bytes), SUCCESS;
}

int cublasCreate_v2(void** handle) {
    static int only;
    return *handle = &only, SUCCESS;
}
int cublasDestroy_v2(void*) {
    return SUCCESS;
}
int cublasSetStream_v2(void*, void*) {
    return SUCCESS;
}
int cublasGemmEx(void*, int transposed_a, int transposed_b, int m, int n, int k, const void* alpha, const void* a, int a_type,
                 int lda, const void* b, int b_type, int ldb, const void* beta, void* c, int c_type, int ldc, int compute,
                 int) {
    // Numbers of cublas_api.h and library_types.h.
    constexpr int OP_N = 0, OP_T = 1, R_32F = 0, R_16F = 2, R_8I = 3, R_32I = 10, COMPUTE_32F = 68, COMPUTE_32I = 72;
    bool has_shape = transposed_a == OP_T && transposed_b == OP_N && lda == k && ldb == k && ldc == m && a_type == b_type;
    if (has_shape && a_type == R_8I && c_type == R_32I && compute == COMPUTE_32I && *static_cast<const int*>(alpha) == 1 &&
        *static_cast<const int*>(beta) == 0) {
        auto value = [](signed char element) { return int(element); };
        multiply(m, n, k, static_cast<const signed char*>(a), static_cast<const signed char*>(b), static_cast<int*>(c), value);
        return SUCCESS;
    }
    if (has_shape && a_type == R_16F && c_type == R_32F && compute == COMPUTE_32F && *static_cast<const float*>(alpha) == 1 &&
        *static_cast<const float*>(beta) == 0) {
        auto value = [](unsigned short element) { return value_of_half(element); };
        multiply(m, n, k, static_cast<const unsigned short*>(a), static_cast<const unsigned short*>(b), static_cast<float*>(c),
                 value);
        return SUCCESS;
    }
    return INVALID_VALUE;
}

}  // extern "C"
