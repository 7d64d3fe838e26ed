//! Columns of tables that show specs of machines.

use super::python::Scalar;
use super::specs::{GpuSpecs, Specs};
use crate::rows::{Cell, CellSource, CellType, ColumnOf};

/// Knows what a miner reports of its machine, if it does.
pub(crate) trait OfSpecs {
    fn specs(&self) -> Option<&Specs>;
}

/// The name of the first GPU, as the miner reports it.
pub(crate) const fn gpu_name<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfSpecs,
{
    ColumnOf::nullable("gpu_name", CellType::Text, |row| {
        Cell::of(row.specs().and_then(|specs| specs.gpu_name.as_deref()))
    })
}

/// How many GPUs there are, as the miner reports.
pub(crate) const fn num_gpus<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfSpecs,
{
    ColumnOf::nullable("num_gpus", CellType::Int, |row| {
        Cell::of(row.specs().and_then(|specs| specs.num_gpus))
    })
}

/// Returns the name in a validator's `gpu_specs`; null when it is not a text.
pub(crate) fn gpu_name_of(specs: Option<&GpuSpecs>) -> Cell {
    let (name, _) = specs.and_then(GpuSpecs::name_and_count).unzip();
    Cell::of(name.and_then(Scalar::as_text))
}

/// Returns the count in a validator's `gpu_specs`; null when it is not an integer.
pub(crate) fn num_gpus_of(specs: Option<&GpuSpecs>) -> Cell {
    let (_, count) = specs.and_then(GpuSpecs::name_and_count).unzip();
    Cell::of(count.and_then(Scalar::to_i64))
}
