//! Specs of a machine: as a miner reports them, and as a validator measured.

use annals_log::json::{Object, Value};
use bincode::{Decode, Encode};

use super::python::Scalar;

/// The hardware that a miner reports.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Specs {
    pub(crate) json: String,
    /// Upstream skips specs that are empty, null or zero.
    pub(crate) is_truthy: bool,
    /// Name of the first GPU.
    pub(crate) gpu_name: Option<String>,
    pub(crate) num_gpus: Option<i64>,
}

/// `gpu_specs` of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum GpuSpecs {
    /// The key is missing, which is as good as an empty dict.
    Missing,
    /// Neither dict nor missing.
    NotADict { is_truthy: bool },
    /// Missing fields are null.
    Dict { gpu_name: Scalar, num_gpus: Scalar },
}

impl Specs {
    pub(crate) fn of(value: &Value) -> Self {
        let gpu = value.as_object().and_then(|specs| specs.get("gpu")).and_then(Value::as_object);
        Self {
            json: value.to_json(),
            is_truthy: value.is_truthy(),
            gpu_name: gpu.and_then(first_gpu_name),
            num_gpus: gpu.and_then(|gpu| Scalar::of(gpu.get("count")?.clone()).to_i64()),
        }
    }
}

fn first_gpu_name(gpu: &Object) -> Option<String> {
    let Value::List(details) = gpu.get("details")? else { return None };
    Some(details.first()?.as_object()?.get("name")?.as_text()?.to_lossy().into_owned())
}

impl GpuSpecs {
    pub(crate) fn of(value: Value) -> Self {
        match value {
            Value::Object(mut specs) => {
                let mut field = |key| specs.remove(key).map_or(Scalar::Null, Scalar::of);
                Self::Dict { gpu_name: field("gpu_name"), num_gpus: field("num_gpus") }
            }
            other => Self::NotADict { is_truthy: other.is_truthy() },
        }
    }

    /// Returns name and count; `None` where upstream's `.get` raises `AttributeError`.
    pub(crate) fn name_and_count(&self) -> Option<(&Scalar, &Scalar)> {
        match self {
            Self::Missing => Some((&Scalar::Null, &Scalar::Null)),
            Self::NotADict { .. } => None,
            Self::Dict { gpu_name, num_gpus } => Some((gpu_name, num_gpus)),
        }
    }
}
