//! Finds what gives something else every time it is asked: clocks, dice, measured times.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::logical_expr::Volatility;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Visit as _, Visitor};

/// Names of what in `statement` cannot be repeated, sorted.
pub(crate) fn used_in(statement: &Statement, state: &SessionState) -> Vec<String> {
    let mut seeker = Seeker { state, found: BTreeSet::new() };
    seeker.visit(statement);
    seeker.found.into_iter().collect()
}

struct Seeker<'a> {
    state: &'a SessionState,
    found: BTreeSet<String>,
}

impl Seeker<'_> {
    fn visit(&mut self, statement: &Statement) {
        match statement {
            Statement::Statement(statement) => {
                let ControlFlow::Continue(()) = (**statement).visit(self);
            }
            Statement::Explain(explain) => {
                if explain.options.analyze {
                    self.found.insert("EXPLAIN ANALYZE".to_owned());
                }
                self.visit(&explain.statement);
            }
            // Not answered at all.
            _ => {}
        }
    }
}

impl Visitor for Seeker<'_> {
    type Break = std::convert::Infallible;

    // Names alone decide: once planned, `now()` may be a literal already.
    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        if let Expr::Function(call) = expr {
            let name = call.name.to_string().to_lowercase();
            let function = self.state.scalar_functions().get(name.trim_matches('"'));
            if let Some(function) = function
                && function.signature().volatility != Volatility::Immutable
            {
                self.found.insert(format!("{}()", function.name()));
            }
        }
        ControlFlow::Continue(())
    }
}
