//! `label`: a label's value out of the JSON text that `samples.labels` has.

use std::sync::Arc;

use annals_log::json::{self, Value};
use datafusion::arrow::array::{ArrayRef, AsArray as _, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(super) fn function() -> ScalarUDF {
    ScalarUDF::new_from_impl(Label {
        signature: Signature::exact(vec![DataType::Utf8; 2], Volatility::Immutable),
    })
}

/// Null where there is no such label, or no JSON object of texts.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Label {
    signature: Signature,
}

impl ScalarUDFImpl for Label {
    fn name(&self) -> &'static str {
        "label"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let texts: Vec<ArrayRef> =
            arrays.iter().map(|array| cast(array, &DataType::Utf8)).collect::<Result<_, _>>()?;
        let labels = texts[0].as_string::<i32>().iter();
        let names = texts[1].as_string::<i32>().iter();
        let values = labels.zip(names).map(|(labels, name)| value_of(labels?, name?));
        Ok(ColumnarValue::Array(Arc::new(values.collect::<StringArray>())))
    }
}

fn value_of(labels: &str, name: &str) -> Option<String> {
    let labels = json::parse(labels).ok()?;
    let value = labels.as_object()?.get(name)?;
    let Value::Text(text) = value else { return None };
    text.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_found_by_its_name_and_nothing_else_is() {
        let labels = r#"{"cpu":"1","mode":"a\"b","n":2}"#;
        assert_eq!(value_of(labels, "mode").as_deref(), Some("a\"b"));
        for (labels, name) in
            [(labels, "cp"), (labels, "n"), ("{}", "cpu"), ("[]", "cpu"), ("no JSON", "cpu")]
        {
            assert_eq!(value_of(labels, name), None, "{labels} {name}");
        }
    }
}
