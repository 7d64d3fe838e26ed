#!/usr/bin/env bash
# Prints every figure of the prover on this machine's GPU, and compares all roots: int8 and fp16, by cuBLAS and by our own
# kernels, and the CPU; and of a proof of upstream's protocol, as large as upstream asks of the card. Exits 1 if anything is
# wrong, 3 if there is no GPU.
#
#   gpu/benches/on-device.sh [SIZE [ROUNDS [KEPT_ROUNDS]]]      20480 300 86, for a card of 80 GB, if nothing is said
#
# A machine with a GPU needs its driver and a Rust toolchain, no CUDA toolkit. cuBLAS is used where the loader finds it, so
# LD_LIBRARY_PATH may have to name its folder, that of PyPI's nvidia-cublas for one.

set -euo pipefail
cd "$(dirname "$0")/../.."

# This package alone, so that a machine that is lent for half an hour does not spend it building DataFusion.
exec cargo run --quiet --locked --release --package annals-gpu --example on-device -- "$@"
