//! A product of full size, again and again and without anything else: what a card can do.

use std::time::Instant;

use annals_gpu::device::{Argument, Device, DeviceError, Kernel, Memory, Path, Product};
use annals_gpu::{PhiloxKey, is_product};

/// Two matrices on a device, and room for their product.
pub(super) struct Plain<D> {
    device: D,
    product: Product,
}

impl<D: Device> Plain<D> {
    pub(super) fn new(mut device: D, path: Path, size: u32) -> Result<Self, DeviceError> {
        let elements = u64::from(size) * u64::from(size);
        let mut matrix = |bytes: u32| Ok(device.allocate(elements * u64::from(bytes))?.at(0));
        let [left, right, sums] = [matrix(path.element_bytes())?, matrix(path.element_bytes())?, matrix(4)?];
        let mut plain = Self { device, product: Product { path, size, rows: size, left, right, sums } };
        let kernel = match path {
            Path::Int8 => Kernel::GenerateInt8,
            Path::Fp16 => Kernel::GenerateFp16,
        };
        plain.generate(kernel)?;
        Ok(plain)
    }

    /// Returns the rate of `products` products, after one that nobody counts.
    pub(super) fn operations_per_second(&mut self, products: u32) -> Result<f64, DeviceError> {
        self.device.multiply(&self.product)?;
        self.wait()?;
        let start = Instant::now();
        for _ in 0..products {
            self.device.multiply(&self.product)?;
        }
        self.wait()?;
        let operations = 2.0 * f64::from(self.product.size).powi(3) * f64::from(products);
        Ok(operations / start.elapsed().as_secs_f64())
    }

    /// Returns whether the last product is right, which Freivalds' check finds. It takes some seconds at full size.
    #[expect(clippy::cast_possible_truncation, reason = "sums of fp32 are whole numbers")]
    pub(super) fn is_right(&mut self) -> Result<bool, DeviceError> {
        let Product { path, size, left, right, sums, .. } = self.product;
        let elements = size as usize * size as usize;
        let sums = self.read(sums, 4 * elements)?;
        let words = sums.as_chunks::<4>().0.iter();
        let sums: Vec<i32> = match path {
            Path::Int8 => words.map(|word| i32::from_le_bytes(*word)).collect(),
            Path::Fp16 => words.map(|word| f32::from_le_bytes(*word) as i32).collect(),
        };
        // The same matrices as int8, whatever they were multiplied as.
        self.generate(Kernel::GenerateInt8)?;
        let mut signed = |place| -> Result<Vec<i8>, DeviceError> {
            Ok(self.read(place, elements)?.iter().map(|byte| byte.cast_signed()).collect())
        };
        let (left, right) = (signed(left)?, signed(right)?);
        Ok(is_product(size as usize, &left, &right, &sums, &PhiloxKey::of(&[5; 32])))
    }

    fn generate(&mut self, kernel: Kernel) -> Result<(), DeviceError> {
        let Product { size, left, right, .. } = self.product;
        let line_blocks = size / 16;
        for (place, key) in [(left, 1), (right, 2)] {
            let arguments = vec![
                Argument::Memory(place),
                Argument::MatrixKey([key; 4]),
                Argument::Number(0),
                Argument::Number(line_blocks),
                Argument::Number(size * line_blocks),
            ];
            self.device.launch(&kernel.over(u64::from(size) * u64::from(line_blocks), arguments))?;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<(), DeviceError> {
        self.read(self.product.left, 1).map(drop)
    }

    fn read(&mut self, place: Memory, length: usize) -> Result<Vec<u8>, DeviceError> {
        let mut bytes = vec![0; length];
        self.device.read(place, &mut bytes)?;
        Ok(bytes)
    }
}
