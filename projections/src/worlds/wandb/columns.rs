//! Columns that several tables of W&B have, each for every type that knows what the column shows.

use super::ballot::Entry;
use super::list_verdict::ListVerdict;
use super::run::Run;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, cells};
use crate::upstream::python::Scalar;
use crate::upstream::spec_columns::{gpu_name_of, num_gpus_of};

/// Knows a run of W&B.
pub(super) trait OfRun {
    fn run(&self) -> &Run;
}

/// Knows a validator's entry on a miner, unless the validator wrote something else there.
pub(super) trait OfEntry {
    fn entry(&self) -> Option<&Entry>;
}

/// Knows what upstream makes of the list that a row is of.
pub(super) trait OfListVerdict {
    fn list_verdict(&self) -> ListVerdict;
}

/// When the run began, according to W&B; null when that is not a time.
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

/// Returns the cells of [`created_at`] and [`run_id`]: keys that begin with them are in upstream's order of runs.
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

/// Whether the list counts.
pub(super) const fn counts<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfListVerdict,
{
    ColumnOf::of("counts", CellType::Bool, |row| row.list_verdict().counts.into())
}

/// Whether the list counts with upstream's flag off.
pub(super) const fn counts_unflagged<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfListVerdict,
{
    ColumnOf::of("counts_unflagged", CellType::Bool, |row| row.list_verdict().counts_unflagged.into())
}

/// The first test that the list's run fails; `counted` when none does.
pub(super) const fn reason<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfListVerdict,
{
    ColumnOf::of("reason", CellType::Text, |row| row.list_verdict().reason.into())
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

/// The name of the miner's GPUs, as the validator measured; null when it is not a text.
pub(super) const fn entry_gpu_name<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfEntry,
{
    ColumnOf::nullable("gpu_name", CellType::Text, |row| gpu_name_of(row.entry().map(|entry| &entry.specs)))
}

/// How many GPUs the miner has, as the validator measured; null when it is not an integer.
pub(super) const fn entry_num_gpus<S: CellSource>() -> ColumnOf<S>
where
    for<'a> S::For<'a>: OfEntry,
{
    ColumnOf::nullable("num_gpus", CellType::Int, |row| num_gpus_of(row.entry().map(|entry| &entry.specs)))
}

/// The score; null when it is not a number.
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

impl CellSource for Run {
    type For<'a> = Self;
}

impl OfRun for Run {
    fn run(&self) -> &Run {
        self
    }
}
