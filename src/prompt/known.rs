//! What there is to ask, as SQL asks for it.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use arrow_array::cast::AsArray as _;
use arrow_cast::cast;
use arrow_schema::DataType;

use super::words::Words;
use crate::asking::Asked;

const TABLE_NAMES: &str = "select case table_schema when 'public' then table_name \
     else table_schema || '.' || table_name end as name from information_schema.tables order by 1";
const COLUMN_NAMES: &str = "select distinct column_name from information_schema.columns \
     where table_schema <> 'information_schema' order by 1";
const FUNCTION_NAMES: &str = "select distinct routine_name from information_schema.routines order by 1";

/// The names of a log, which are asked for when the first of them is needed.
pub(super) struct Known {
    asked: Rc<RefCell<Asked>>,
    words: OnceCell<Words>,
}

impl Known {
    pub(super) fn of(asked: Rc<RefCell<Asked>>) -> Self {
        Self { asked, words: OnceCell::new() }
    }

    /// The names; none of a kind that could not be asked for.
    pub(super) fn words(&self) -> &Words {
        self.words.get_or_init(|| Words {
            tables: self.names(TABLE_NAMES),
            columns: self.names(COLUMN_NAMES),
            functions: self.names(FUNCTION_NAMES),
        })
    }

    fn names(&self, sql: &str) -> Vec<String> {
        let mut asked = self.asked.borrow_mut();
        // However few rows of an answer are wanted.
        let answer = asked.limit_rows(None).and_then(|()| asked.ask(sql));
        let Ok(answer) = answer else { return Vec::new() };
        let mut names = Vec::new();
        for batch in &answer.batches {
            let Ok(texts) = cast(batch.column(0), &DataType::Utf8) else { continue };
            names.extend(texts.as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        names
    }
}
