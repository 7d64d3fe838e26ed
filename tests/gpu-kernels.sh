#!/usr/bin/env bash
# Checks the CUDA kernels as far as that goes without a device: NVIDIA's compilers take gpu/kernels/kernels.cu for every kind of
# card, no kernel needs more registers than it should or spills any, and the committed PTX is what the source gives.
#
#   tests/gpu-kernels.sh             checks
#   tests/gpu-kernels.sh --accept    writes gpu/kernels/kernels.ptx first
#
# The compilers are wheels from PyPI (350 MB), installed once into ~/.cache/annals-nvcc-venv, or NVCC_VENV. Nothing else outside
# is asked. Whether the kernels compute the right thing is for `cargo test --test gpu device`.

set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }

house=$(cd "$(dirname "$0")/.." && pwd)
venv=${NVCC_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/annals-nvcc-venv}
ptx=$house/gpu/kernels/kernels.ptx
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Another version writes other PTX: a new one goes with a new kernels.ptx.
version=13.5.37
wheels=(nvidia-cuda-nvcc nvidia-cuda-crt nvidia-cuda-runtime nvidia-nvvm)
# What nvcc writes has the newest version of the language, which a driver refuses that is older than nvcc. The kernels need only
# this one, which drivers have known since CUDA 10.2, and ptxas holds them to it.
language=6.5
# From the first card with tensor cores for int8 to Blackwell.
cards=(sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_103 sm_120)

nvcc() { PATH="$cuda/bin:$PATH" "$cuda/bin/nvcc" "$@"; }
find_cuda() { cuda=$(echo "$venv"/lib/python3*/site-packages/nvidia/cu13); }
is_installed() { find_cuda; [ -x "$cuda/bin/nvcc" ] && [[ $(nvcc --version) == *"V$version"* ]]; }

install() {
    local log=$scratch/install
    if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv; } > "$log" 2>&1 ||
            fail "there is no python3 with venv: $(tail -n 1 "$log")"
    fi
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    python3 -m venv "$venv" > "$log" 2>&1 || fail "python3 makes no venv: $(tail -n 1 "$log")"
    timeout 600 "$venv/bin/pip" install --quiet --disable-pip-version-check "${wheels[@]/%/==$version}" > "$log" 2>&1 ||
        fail "nvcc could not be installed: $(tail -n 1 "$log")"
}

# Prints a line for each kernel: its name, registers, bytes of stack and of spills.
kernels_of() {
    "$cuda/bin/ptxas" --warning-as-error --verbose -arch="$1" "$ptx" -o "$scratch/$1.cubin" 2>&1 | awk '
        /error|warning/ { print > "/dev/stderr"; exit 1 }
        /Compiling entry function/ { split($0, quoted, "\047"); name = quoted[2] }
        /bytes stack frame/ { stack = $1; spills = $5 + $9 }
        /Used [0-9]+ registers/ { sub(/.*Used /, ""); print name, $1, stack, spills }'
}

# More than 64 registers leave less than half of a multiprocessor's threads; a product has its sums in registers.
registers_max() {
    case $1 in
        generate_*) echo 40 ;;
        product_*) echo 128 ;;
        *) echo 64 ;;
    esac
}

command -v c++ > /dev/null || fail "nvcc needs a C++ compiler: apt-get install g++"
is_installed || install
is_installed || fail "there is no nvcc $version in $venv"

nvcc -std=c++17 -Werror all-warnings -arch=compute_75 -ptx "$house/gpu/kernels/kernels.cu" -o "$scratch/newest.ptx"
sed "s/^\.version [0-9.]*\$/.version $language/" "$scratch/newest.ptx" > "$scratch/kernels.ptx"
if [ "${1:-}" = --accept ]; then
    cp "$scratch/kernels.ptx" "$ptx"
fi
cmp "$scratch/kernels.ptx" "$ptx" || fail "kernels.ptx is not what its source gives: tests/gpu-kernels.sh --accept writes it"
echo "kernels.ptx is what nvcc $version makes of its source"

count=$(grep -c '^\.visible \.entry ' "$ptx")
for card in "${cards[@]}"; do
    kernels_of "$card" > "$scratch/kernels"
    [ "$(wc -l < "$scratch/kernels")" -eq "$count" ] || fail "ptxas did not take all kernels for $card"
    while read -r name registers stack spills; do
        printf '%-7s %-20s %3d registers, %d bytes of stack, %d of spills\n' "$card" "$name" "$registers" "$stack" "$spills"
        [ "$registers" -le "$(registers_max "$name")" ] || fail "$name needs $registers registers on $card"
        [ "$stack" -eq 0 ] && [ "$spills" -eq 0 ] || fail "$name spills registers on $card"
    done < "$scratch/kernels"
done
echo "$count kernels, ${#cards[@]} kinds of cards"
