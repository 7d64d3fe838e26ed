//! A CUDA device, through libraries that are looked for when it is opened: the one room with unsafe code.
//!
//! The driver compiles `kernels/kernels.ptx` for its card, so a host needs no more than the driver. cuBLAS multiplies
//! where it is found and can be used; else our own kernels do.

#![allow(unsafe_code, reason = "the driver and cuBLAS are C; each block says why it is sound")]
#![warn(clippy::undocumented_unsafe_blocks)]

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cudarc::cublas::{result as blas, sys as blas_sys};
use cudarc::driver::{
    CudaContext, CudaFunction, CudaSlice, CudaStream, DevicePtr, DriverError, LaunchConfig, PushKernelArg,
    sys,
};
use cudarc::nvrtc::Ptx;

use super::buffers::Pieces;
use super::launch::{Argument, BLOCK_THREADS, Buffer, Kernel, Launch, Memory, Path, Product};
use super::prover::KernelProver;
use super::seam::{Device, DeviceError};
use super::upstream::UpstreamKernelProver;
use crate::parameters::Parameters;

/// Made from `kernels/kernels.cu`; `tests/gpu-kernels.sh` compares them.
const PTX: &str = include_str!("../../kernels/kernels.ptx");

/// The prover on a CUDA device.
pub type CudaProver = KernelProver<CudaDevice>;

/// The prover of upstream's protocol on a CUDA device. It multiplies by our own kernel, with cuBLAS or without.
pub type CudaUpstreamProver = UpstreamKernelProver<CudaDevice>;

/// A CUDA device. Everything runs on one stream, so each step sees what the one before it wrote.
#[derive(Debug)]
pub struct CudaDevice {
    // Dropped first: it uses the stream.
    blas: Option<Library>,
    buffers: Vec<CudaSlice<u8>>,
    /// In the order of [`Kernel::ALL`].
    kernels: Vec<CudaFunction>,
    stream: Arc<CudaStream>,
}

/// A handle of cuBLAS, bound to the stream of its device.
#[derive(Debug)]
struct Library(blas_sys::cublasHandle_t);

/// Returns how many CUDA devices the driver knows.
///
/// # Errors
/// `NoDriver`, `OldDriver`, or what the driver says.
pub fn device_count() -> Result<usize, DeviceError> {
    guarded(|| match CudaContext::device_count() {
        Ok(count) => Ok(usize::try_from(count).unwrap_or_default()),
        Err(DriverError(sys::CUresult::CUDA_ERROR_NO_DEVICE)) => Ok(0),
        Err(error) => Err(DeviceError::at("count its devices")(error)),
    })
}

impl CudaProver {
    /// Opens device `device_index` for a challenge with these parameters, and takes all memory that it needs.
    ///
    /// # Errors
    /// `NoDriver`, `OldDriver`, `NoDevice`; `Memory` before anything is allocated, if the card has less free; or what
    /// the driver says.
    pub fn open(device_index: usize, numbers: &Parameters, path: Path) -> Result<Self, DeviceError> {
        Self::new(CudaDevice::open(device_index)?, numbers, path, Pieces::default())
    }
}

impl CudaUpstreamProver {
    /// Opens device `device_index` for matrices of `size` rows, and takes all memory that they need.
    ///
    /// # Errors
    /// As [`CudaProver::open`].
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn open(device_index: usize, size: u32) -> Result<Self, DeviceError> {
        Self::new(CudaDevice::open(device_index)?, size)
    }
}

impl CudaDevice {
    /// Opens device `index`, counted from 0 in the driver's order, and compiles the kernels for it.
    ///
    /// # Errors
    /// `NoDriver`, `OldDriver`, `NoDevice`, or what the driver says.
    pub fn open(index: usize) -> Result<Self, DeviceError> {
        let count = device_count()?;
        if index >= count {
            return Err(DeviceError::NoDevice { index, count });
        }
        guarded(|| {
            let context = CudaContext::new(index).map_err(DeviceError::at("be opened"))?;
            let stream = context.default_stream();
            let module =
                context.load_module(Ptx::from_src(PTX)).map_err(DeviceError::at("compile the kernels"))?;
            let mut kernels = Vec::new();
            for kernel in Kernel::ALL {
                let function = module.load_function(kernel.name());
                kernels.push(function.map_err(DeviceError::at("find a kernel"))?);
            }
            let blas = Library::open(&stream);
            Ok(Self { blas, buffers: Vec::new(), kernels, stream })
        })
    }

    /// Returns the device without cuBLAS, as on a host that has only the driver.
    #[must_use]
    pub fn without_library(mut self) -> Self {
        self.blas = None;
        self
    }

    /// Returns whether cuBLAS multiplies.
    pub fn has_library(&self) -> bool {
        self.blas.is_some()
    }

    /// Returns the card's name, which is the machine's own word.
    ///
    /// # Errors
    /// What the driver says.
    pub fn name(&self) -> Result<String, DeviceError> {
        self.stream.context().name().map_err(DeviceError::at("say its name"))
    }

    /// Returns the UUID under which the driver knows the card, as NVML writes it: the machine's own word.
    ///
    /// # Errors
    /// What the driver says.
    pub fn uuid(&self) -> Result<String, DeviceError> {
        let uuid = self.stream.context().uuid().map_err(DeviceError::at("say its UUID"))?;
        let digits = hex::encode(uuid.bytes.map(|byte| byte.to_ne_bytes()[0]));
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        Ok(format!("GPU-{}", parts.join("-")))
    }

    fn address(&self, memory: Memory) -> u64 {
        let buffer = &self.buffers[memory.buffer.0];
        assert!(memory.at < buffer.len() as u64, "a place is in its buffer");
        // There is one stream, so nothing has to be waited for.
        buffer.device_ptr(&self.stream).0 + memory.at
    }

    /// Returns an argument as it lies in memory: the kernel reads as many of these bytes as its type has.
    fn words(&self, argument: &Argument) -> [u64; 4] {
        match *argument {
            Argument::Memory(memory) => [self.address(memory), 0, 0, 0],
            Argument::Nothing => [0; 4],
            Argument::Number(number) => [number.into(), 0, 0, 0],
            Argument::Long(number) => [number, 0, 0, 0],
            Argument::MatrixKey(words) => {
                let pair = |at: usize| u64::from(words[at]) | u64::from(words[at + 1]) << 32;
                [pair(0), pair(2), 0, 0]
            }
            Argument::Digest(bytes) => {
                let words = bytes.as_chunks().0;
                [0, 1, 2, 3].map(|at| u64::from_le_bytes(words[at]))
            }
        }
    }
}

impl Device for CudaDevice {
    fn free_bytes(&mut self) -> Result<u64, DeviceError> {
        let (free, _) =
            self.stream.context().mem_get_info().map_err(DeviceError::at("say how much memory is free"))?;
        Ok(free as u64)
    }

    fn allocate(&mut self, bytes: u64) -> Result<Buffer, DeviceError> {
        let bytes = usize::try_from(bytes).map_err(DeviceError::at("allocate memory"))?;
        // SAFETY: the bytes are not set. They are only ever read as bytes and by kernels, for which any will do.
        let buffer = unsafe { self.stream.alloc(bytes) }.map_err(DeviceError::at("allocate memory"))?;
        self.buffers.push(buffer);
        Ok(Buffer(self.buffers.len() - 1))
    }

    fn launch(&mut self, launch: &Launch) -> Result<(), DeviceError> {
        let [across, down] = launch.blocks;
        let shape = LaunchConfig {
            grid_dim: (across, down, 1),
            block_dim: (BLOCK_THREADS, 1, 1),
            shared_mem_bytes: 0,
        };
        let arguments: Vec<_> = launch.arguments.iter().map(|argument| self.words(argument)).collect();
        let mut builder = self.stream.launch_builder(&self.kernels[launch.kernel as usize]);
        for argument in &arguments {
            builder.arg(argument);
        }
        // SAFETY: the tests run the same launches on the kernels' source, where the types of all arguments are compared
        // and a place after the end of a buffer ends the program. The driver copies the arguments before it returns.
        unsafe { builder.launch(shape) }.map_err(DeviceError::at("run a kernel"))?;
        Ok(())
    }

    fn multiply(&mut self, product: &Product) -> Result<(), DeviceError> {
        let Some(library) = &self.blas else { return self.launch(&product.launch()) };
        self.stream.context().bind_to_thread().map_err(DeviceError::at("be bound to a thread"))?;
        library.multiply(product, |memory| self.address(memory))
    }

    fn read(&mut self, memory: Memory, bytes: &mut [u8]) -> Result<(), DeviceError> {
        let at = usize::try_from(memory.at).map_err(DeviceError::at("read its memory"))?;
        let from = self.buffers[memory.buffer.0].slice(at..at + bytes.len());
        self.stream.memcpy_dtoh(&from, bytes).map_err(DeviceError::at("read its memory"))?;
        self.stream.synchronize().map_err(DeviceError::at("finish what was launched"))
    }
}

impl Library {
    /// Returns cuBLAS if there is one that this driver and this card can use.
    fn open(stream: &CudaStream) -> Option<Self> {
        // SAFETY: looking for a library loads it; cuBLAS has no requirement for that.
        if !unsafe { blas_sys::is_culib_present() } {
            return None;
        }
        let library = Self(blas::create_handle().ok()?);
        // SAFETY: handle and stream were just made, and the device drops the handle before the stream.
        unsafe { blas::set_stream(library.0, stream.cu_stream().cast()) }.ok()?;
        Some(library)
    }

    fn multiply(&self, product: &Product, address_of: impl Fn(Memory) -> u64) -> Result<(), DeviceError> {
        let length = |count: u32| c_int::try_from(count).expect("at most 65,536");
        let (size, rows) = (length(product.size), length(product.rows));
        let pointer = |memory| address_of(memory) as *mut c_void;
        let [left, right, sums] = [product.left, product.right, product.sums].map(pointer);
        let transposed = blas_sys::cublasOperation_t::CUBLAS_OP_T;
        let plain = blas_sys::cublasOperation_t::CUBLAS_OP_N;
        let types = Types::of(product.path);
        // cuBLAS has its matrices column by column. So our product, row by row, is its product of the right matrix,
        // whose lines it transposes, and the left one, whose lines are columns to it.
        // SAFETY: the matrices lie in buffers of this device that the prover made as large as the product needs, lines
        // are `size` elements long, and the factors are of the type of the sums and outlive the call.
        let done = unsafe {
            blas::gemm_ex(
                self.0,
                transposed,
                plain,
                size,
                rows,
                size,
                types.one(),
                right,
                types.element,
                size,
                left,
                types.element,
                size,
                types.zero(),
                sums,
                types.sum,
                size,
                types.compute,
                blas_sys::cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT,
            )
        };
        done.map_err(DeviceError::at("multiply by cuBLAS"))
    }
}

// SAFETY: cuBLAS lets a handle go from thread to thread, as long as one uses it at a time: whoever has the device does.
unsafe impl Send for Library {}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: nothing uses the handle any more. A device that failed may not be able to free it: then it stays.
        _ = unsafe { blas::destroy_handle(self.0) };
    }
}

/// The types of a product, as cuBLAS names them.
struct Types {
    element: blas_sys::cudaDataType,
    sum: blas_sys::cudaDataType,
    compute: blas_sys::cublasComputeType_t,
    path: Path,
}

impl Types {
    fn of(path: Path) -> Self {
        use blas_sys::cublasComputeType_t::{CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32I};
        use blas_sys::cudaDataType::{CUDA_R_8I, CUDA_R_16F, CUDA_R_32F, CUDA_R_32I};
        match path {
            Path::Int8 => Self { element: CUDA_R_8I, sum: CUDA_R_32I, compute: CUBLAS_COMPUTE_32I, path },
            Path::Fp16 => Self { element: CUDA_R_16F, sum: CUDA_R_32F, compute: CUBLAS_COMPUTE_32F, path },
        }
    }

    /// Returns where a 1 of the type of the sums is.
    fn one(&self) -> *const c_void {
        match self.path {
            Path::Int8 => (&raw const INT_FACTORS[1]).cast(),
            Path::Fp16 => (&raw const FLOAT_FACTORS[1]).cast(),
        }
    }

    /// Returns where a 0 of the type of the sums is.
    fn zero(&self) -> *const c_void {
        match self.path {
            Path::Int8 => (&raw const INT_FACTORS[0]).cast(),
            Path::Fp16 => (&raw const FLOAT_FACTORS[0]).cast(),
        }
    }
}

/// 0 and 1.
static INT_FACTORS: [i32; 2] = [0, 1];
/// 0 and 1.
static FLOAT_FACTORS: [f32; 2] = [0.0, 1.0];

/// Asks the driver, if there is one.
fn guarded<T>(ask: impl FnOnce() -> Result<T, DeviceError>) -> Result<T, DeviceError> {
    // SAFETY: looking for a library loads it; libcuda has no requirement for that.
    if !unsafe { sys::is_culib_present() } {
        return Err(DeviceError::NoDriver);
    }
    // cudarc panics at a function that the driver lacks.
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or(Err(DeviceError::OldDriver))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_numbered_in_the_order_of_their_list() {
        for (at, kernel) in Kernel::ALL.into_iter().enumerate() {
            assert_eq!(kernel as usize, at);
        }
    }

    #[test]
    fn a_prover_goes_from_thread_to_thread() {
        fn is_send<T: Send>() {}
        is_send::<CudaProver>();
        is_send::<CudaUpstreamProver>();
    }

    #[test]
    fn a_machine_without_a_device_says_so() {
        // A machine with one has no such number of them.
        let refused = CudaDevice::open(usize::MAX).unwrap_err();
        assert!(matches!(refused, DeviceError::NoDriver | DeviceError::NoDevice { .. }), "{refused}");
    }
}
