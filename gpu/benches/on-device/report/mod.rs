//! The figures of a device, one after the other, each beside what it should be.

mod attempt;
mod plain;
mod roots;
mod shares;
mod upstream;

use annals_gpu::Parameters;
use annals_gpu::device::{Device, DeviceError, Path};

/// What multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A library, if the device has one.
    Library,
    /// Our own kernels.
    Kernels,
}

/// How large everything is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Of the attempt that is measured.
    pub(crate) numbers: Parameters,
    /// Sizes at which the CPU makes all roots, too.
    pub(crate) compared: &'static [u32],
    /// Products of the plain loop.
    pub(crate) plain_products: u32,
    /// Of a proof of upstream's protocol.
    pub(crate) upstream: u32,
}

/// Opens the device anew. What another one of it had is free by then.
pub(crate) type Open<'a, D> = &'a dyn Fn(By) -> Result<D, DeviceError>;

/// Prints every figure, and returns whether all that was computed is right.
pub(crate) fn report<D: Device>(open: Open<'_, D>, sizes: &Sizes) -> Result<bool, DeviceError> {
    let mut all_right = true;
    for size in sizes.compared {
        all_right &= roots::are_equal(open, *size)?;
        all_right &= upstream::is_equal(open, *size)?;
    }
    let mut plain_rate = 0.0;
    for (path, by) in [
        (Path::Fp16, By::Kernels),
        (Path::Int8, By::Kernels),
        (Path::Fp16, By::Library),
        (Path::Int8, By::Library),
    ] {
        let mut plain = plain::Plain::new(open(by)?, path, sizes.numbers.size)?;
        plain_rate = plain.operations_per_second(sizes.plain_products)?;
        let is_right = plain.is_right()?;
        println!(
            "plain loop of {} products, {path:?} by {by:?}: {:.1} * 10^12 operations a second, {}",
            sizes.plain_products,
            plain_rate / 1e12,
            if is_right { "right" } else { "WRONG" }
        );
        all_right &= is_right;
    }
    // The last of the plain loops was that of int8 by the library, which the attempt is compared with.
    all_right &= attempt::measure(open, &sizes.numbers, plain_rate)?;
    shares::measure(open, &sizes.numbers)?;
    all_right &= upstream::measure(open, sizes.upstream)?;
    Ok(all_right)
}
