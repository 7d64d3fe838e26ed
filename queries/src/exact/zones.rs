//! `AT TIME ZONE`, which DataFusion 55 plans as a cast to a time of that zone. It turns an instant into what a clock
//! there shows, and what a clock there shows into an instant (PostgreSQL's manual, 9.9.4).

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::functions::datetime;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable as _, cast as cast_to};

const UTC: &str = "UTC";

/// Exchanges a cast to a time of another zone than UTC, in which all instants are.
///
/// # Errors
/// The inner one is the cast, when it is to something else.
pub(super) fn changed(cast: Cast, schema: &DFSchema) -> Result<std::result::Result<Expr, Cast>> {
    let DataType::Timestamp(unit, Some(zone)) = cast.field.data_type().clone() else { return Ok(Err(cast)) };
    let DataType::Timestamp(_, from) = cast.expr.get_type(schema)? else { return Ok(Err(cast)) };
    if zone.as_ref() == UTC {
        return Ok(Err(cast));
    }
    let there = Expr::Cast(cast);
    Ok(Ok(match from {
        Some(_) => datetime::to_local_time().call(vec![there]),
        None => cast_to(there, DataType::Timestamp(unit, Some(UTC.into()))),
    }))
}
