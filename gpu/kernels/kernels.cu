// All that a prover runs on a CUDA device, in one file of PTX: `tests/gpu-kernels.sh --accept` makes kernels.ptx of it.
//
// PROTOCOL.md gives what is computed for protocol 2, and src/upstream/ for upstream's; src/device/ calls both. No kernel
// knows more of an attempt than its arguments.
//
// The tests also compile this file as plain C++, with a header of their own in place of the device (tests/device/shim.h).
// Nothing but mma.cuh, the instructions of the tensor cores, is replaced there.

#include "words.cuh"
#ifndef ANNALS_SHIM
#include "mma.cuh"
#endif
#include "philox.cuh"
#include "sha256.cuh"
#include "tiles.cuh"

#include "generate.cuh"
#include "leaves.cuh"
#include "product.cuh"
#include "tree.cuh"

#include "upstream.cuh"
#include "upstream_product.cuh"
