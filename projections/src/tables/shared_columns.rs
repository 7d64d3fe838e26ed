//! Columns that several tables have, each for every type that knows what the column shows.

use crate::ballot::{Entry, GpuSpecs};
use crate::chain::StateRead;
use crate::python::Scalar;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, cells};
use crate::run::{Run, Specs};

/// Knows a run of W&B.
pub(super) trait OfRun {
    fn run(&self) -> &Run;
}

/// Knows a validator's entry on a miner, unless what the validator wrote there is no entry.
pub(super) trait OfEntry {
    fn entry(&self) -> Option<&Entry>;
}

/// Knows what a miner says of its machine, if it does.
pub(super) trait OfSpecs {
    fn specs(&self) -> Option<&Specs>;
}

/// Knows a reading of a subnet's state.
pub(super) trait OfReading {
    fn reading(&self) -> &StateRead;
}

/// When the run began, by W&B; null where that is no time.
pub(super) const fn created_at<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfRun,
{
    ColumnOf::nullable("created_at", CellType::Time, |row| Cell::time(row.run().created_at_ms))
}

/// The run's id.
pub(super) const fn run_id<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfRun,
{
    ColumnOf::of("run_id", CellType::Text, |row| row.run().run_id.as_str().into())
}

/// The cells of [`created_at`] and [`run_id`]: keys that begin with them are in upstream's order of runs.
pub(super) fn order_cells(run: &Run) -> Vec<Cell> {
    const ORDER: &[ColumnOf<Run>] = &[created_at(), run_id()];
    cells(ORDER, run)
}

/// The hotkey that the run names as its own.
pub(super) const fn hotkey<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfRun,
{
    ColumnOf::nullable("hotkey", CellType::Text, |row| row.run().hotkey())
}

/// The same hotkey, in tables of what validators say of others.
pub(super) const fn validator<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfRun,
{
    ColumnOf::nullable("validator", CellType::Text, |row| row.run().hotkey())
}

/// The run's state, as W&B calls it.
pub(super) const fn state<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfRun,
{
    ColumnOf::of("state", CellType::Text, |row| row.run().state.as_str().into())
}

/// The verdict on the run's signature.
pub(super) const fn signature<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfRun,
{
    ColumnOf::of("signature", CellType::Text, |row| row.run().signature.as_str().into())
}

/// The miner's hotkey.
pub(super) const fn entry_hotkey<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfEntry,
{
    ColumnOf::nullable("hotkey", CellType::Text, |row| {
        Cell::of(row.entry().and_then(|entry| entry.hotkey.as_deref()))
    })
}

/// The name of the miner's GPUs, as the validator measured; null where it is no text.
pub(super) const fn entry_gpu_name<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfEntry,
{
    ColumnOf::nullable("gpu_name", CellType::Text, |row| gpu_name_of(row.entry().map(|entry| &entry.specs)))
}

/// How many GPUs the miner has, as the validator measured; null where it is no integer.
pub(super) const fn entry_num_gpus<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfEntry,
{
    ColumnOf::nullable("num_gpus", CellType::Int, |row| num_gpus_of(row.entry().map(|entry| &entry.specs)))
}

/// The score; null where it is no number.
pub(super) const fn score<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfEntry,
{
    ColumnOf::nullable("score", CellType::Float, |row| {
        Cell::of(row.entry().and_then(|entry| entry.score.as_ref()).and_then(Scalar::to_f64))
    })
}

/// The score as JSON, all digits included.
pub(super) const fn score_text<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfEntry,
{
    ColumnOf::nullable("score_text", CellType::Text, |row| {
        Cell::of(row.entry().and_then(|entry| entry.score.as_ref()).and_then(Scalar::to_json))
    })
}

/// The name of the first GPU, as the miner says.
pub(super) const fn gpu_name<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfSpecs,
{
    ColumnOf::nullable("gpu_name", CellType::Text, |row| {
        Cell::of(row.specs().and_then(|specs| specs.gpu_name.as_deref()))
    })
}

/// How many GPUs there are, as the miner says.
pub(super) const fn num_gpus<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfSpecs,
{
    ColumnOf::nullable("num_gpus", CellType::Int, |row| {
        Cell::of(row.specs().and_then(|specs| specs.num_gpus))
    })
}

/// The subnet of a row.
pub(super) const fn netuid<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfReading,
{
    ColumnOf::of("netuid", CellType::Int, |row| i64::from(row.reading().netuid).into())
}

/// The block after which the state was read that first had the row: it has been so since this block, or since one after
/// the reading before.
pub(super) const fn from_block<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfReading,
{
    ColumnOf::of("from_block", CellType::UInt, |row| row.reading().height.into())
}

/// The same for the state that no longer has the row. Where blocks were taken back it may lie at or below `from_block`:
/// then the chain as it is now has no block at which the row stood.
pub(super) const fn to_block<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfReading,
{
    ColumnOf::nullable("to_block", CellType::UInt, |row| row.reading().height.into())
}

/// The name in a validator's `gpu_specs`; null where it is no text.
pub(super) fn gpu_name_of(specs: Option<&GpuSpecs>) -> Cell {
    let (name, _) = specs.and_then(GpuSpecs::name_and_count).unzip();
    Cell::of(name.and_then(Scalar::as_text))
}

/// The count in a validator's `gpu_specs`; null where it is no integer.
pub(super) fn num_gpus_of(specs: Option<&GpuSpecs>) -> Cell {
    let (_, count) = specs.and_then(GpuSpecs::name_and_count).unzip();
    Cell::of(count.and_then(Scalar::to_i64))
}

impl CellSource for Run {
    type For<'a> = Self;
}

impl OfRun for Run {
    fn run(&self) -> &Run {
        self
    }
}

impl CellSource for StateRead {
    type For<'a> = Self;
}

impl OfReading for StateRead {
    fn reading(&self) -> &StateRead {
        self
    }
}
