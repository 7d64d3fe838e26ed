//! What a device is asked to run: a kernel, how many blocks of it, and its arguments.

/// Threads of a block, in every kernel.
pub const BLOCK_THREADS: u32 = 128;
/// Rows and columns of a product that one block of the kernels for products computes.
pub(super) const SQUARE: u32 = 64;

/// A kernel of `kernels/kernels.ptx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Writes lines of a matrix as int8.
    GenerateInt8,
    /// Writes the same numbers as fp16.
    GenerateFp16,
    /// Multiplies int8 into int32.
    ProductInt8,
    /// Multiplies fp16 into fp32.
    ProductFp16,
    /// Hashes the tiles of an int32 product under the number of their round.
    RoundLeavesInt32,
    /// Hashes the tiles of an fp32 product.
    RoundLeavesFp32,
    /// Hashes kept tiles under the key of a sweep.
    SweepLeaves,
    /// Hashes the nodes of one level into those of the next.
    TreeLevel,
    /// Writes a matrix of upstream's protocol as fp32.
    GenerateUpstream,
    /// Multiplies fp32 in the order and with the rounding of the CPU.
    ProductFp32,
    /// Hashes the rows of an fp32 product.
    RowLeaves,
    /// Hashes the nodes of one level of upstream's tree into those of the next.
    RowLevel,
}

/// The units that multiply. All of them give the same integers, so a card takes its best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// int8 elements and int32 sums.
    Int8,
    /// fp16 elements and fp32 sums, which hold 24 bits: enough at every size that an attempt can have.
    Fp16,
}

/// Memory that a device has allocated: the number of the allocation, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buffer(pub usize);

/// A place in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The buffer.
    pub buffer: Buffer,
    /// Bytes before the place: a multiple of 16.
    pub at: u64,
}

/// An argument of a kernel, by the type that the kernel gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A pointer.
    Memory(Memory),
    /// A null pointer.
    Nothing,
    /// A `u32`.
    Number(u32),
    /// A `u64`.
    Long(u64),
    /// A `MatrixKey`.
    MatrixKey([u32; 4]),
    /// A `Digest`.
    Digest([u8; 32]),
}

/// A kernel to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Which.
    pub kernel: Kernel,
    /// Blocks across and down, of [`BLOCK_THREADS`] threads each.
    pub blocks: [u32; 2],
    /// In the kernel's order.
    pub arguments: Vec<Argument>,
}

/// A product to compute: some rows of the left matrix times the whole right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    /// The type of elements and sums.
    pub path: Path,
    /// Elements of a line, and columns of the product: a multiple of 64.
    pub size: u32,
    /// Rows of the product: a multiple of 64.
    pub rows: u32,
    /// Rows of the left matrix.
    pub left: Memory,
    /// Columns of the right matrix.
    pub right: Memory,
    /// Where the sums go, row by row, 4 bytes each.
    pub sums: Memory,
}

impl Kernel {
    /// Every kernel, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::GenerateInt8,
        Self::GenerateFp16,
        Self::ProductInt8,
        Self::ProductFp16,
        Self::RoundLeavesInt32,
        Self::RoundLeavesFp32,
        Self::SweepLeaves,
        Self::TreeLevel,
        Self::GenerateUpstream,
        Self::ProductFp32,
        Self::RowLeaves,
        Self::RowLevel,
    ];

    /// Returns the name of its entry in the PTX.
    pub fn name(self) -> &'static str {
        match self {
            Self::GenerateInt8 => "generate_int8",
            Self::GenerateFp16 => "generate_fp16",
            Self::ProductInt8 => "product_int8",
            Self::ProductFp16 => "product_fp16",
            Self::RoundLeavesInt32 => "round_leaves_int32",
            Self::RoundLeavesFp32 => "round_leaves_fp32",
            Self::SweepLeaves => "sweep_leaves",
            Self::TreeLevel => "tree_level",
            Self::GenerateUpstream => "generate_upstream",
            Self::ProductFp32 => "product_fp32",
            Self::RowLeaves => "row_leaves",
            Self::RowLevel => "row_level",
        }
    }

    /// Returns the launch of at least `threads` threads.
    ///
    /// # Panics
    /// If there are 2^39 or more.
    pub fn over(self, threads: u64, arguments: Vec<Argument>) -> Launch {
        let blocks =
            u32::try_from(threads.div_ceil(BLOCK_THREADS.into())).expect("a grid has so many blocks");
        Launch { kernel: self, blocks: [blocks, 1], arguments }
    }
}

impl Path {
    /// Returns the bytes of an element.
    pub fn element_bytes(self) -> u32 {
        match self {
            Self::Int8 => 1,
            Self::Fp16 => 2,
        }
    }
}

impl Buffer {
    /// Returns a place in it.
    pub fn at(self, at: u64) -> Memory {
        Memory { buffer: self, at }
    }
}

impl Product {
    /// Returns the launch of our own kernel for it.
    pub fn launch(&self) -> Launch {
        let kernel = match self.path {
            Path::Int8 => Kernel::ProductInt8,
            Path::Fp16 => Kernel::ProductFp16,
        };
        let line_words = self.size * self.path.element_bytes() / 4;
        let matrices = [self.left, self.right, self.sums].map(Argument::Memory);
        let arguments = [&matrices[..], &[Argument::Number(line_words)]].concat();
        Launch { kernel, blocks: [self.size / SQUARE, self.rows / SQUARE], arguments }
    }
}
