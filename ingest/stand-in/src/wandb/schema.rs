//! The fields and the arguments that they take: what is executed, and what introspection tells.

use annals_log::json::Value;

use super::values::{IntoValue as _, object};

type Fields = &'static [(&'static str, &'static [&'static str])];

/// The types whose fields are all listed: any other field is an error, not null.
pub(super) const ROOTS: [&str; 2] = ["Query", "Mutation"];

/// Fields by type, arguments by field. Beside these a run has any field that was recorded of it.
const TYPES: &[(&str, Fields)] = &[
    (
        "Query",
        &[
            ("viewer", &[]),
            ("project", &["name", "entityName"]),
            ("model", &["name", "entityName"]),
            ("entity", &["name"]),
            ("serverInfo", &[]),
            ("__type", &["name"]),
            ("__schema", &[]),
        ],
    ),
    (
        "Mutation",
        &[
            ("upsertBucket", &["input"]),
            ("createRunFiles", &["input"]),
            ("markRunFilesUploaded", &["input"]),
            ("deleteRun", &["input"]),
        ],
    ),
    ("ServerInfo", &[("features", &[])]),
    (
        "Project",
        &[
            ("id", &[]),
            ("name", &[]),
            ("internalId", &[]),
            ("entityName", &[]),
            ("entity", &[]),
            ("readOnly", &[]),
            ("runCount", &["filters"]),
            ("runs", &["filters", "after", "first", "order"]),
            ("run", &["name"]),
            ("bucket", &["name", "missingOk"]),
        ],
    ),
    ("RunConnection", &[("edges", &[]), ("pageInfo", &[]), ("totalCount", &[])]),
    ("RunEdge", &[("node", &[]), ("cursor", &[])]),
    (
        "Run",
        &[
            ("id", &[]),
            ("name", &[]),
            ("displayName", &[]),
            ("state", &[]),
            ("config", &[]),
            ("tags", &[]),
            ("group", &[]),
            ("jobType", &[]),
            ("createdAt", &[]),
            ("heartbeatAt", &[]),
            ("summaryMetrics", &[]),
            ("systemMetrics", &[]),
            ("user", &[]),
            ("project", &[]),
            ("projectId", &[]),
            ("stopped", &[]),
            ("historyLineCount", &[]),
            ("historyKeys", &[]),
            ("historyTail", &[]),
            ("eventsTail", &[]),
            ("wandbConfig", &["keys"]),
            ("history", &["minStep", "maxStep", "samples"]),
            ("sampledHistory", &["specs"]),
            ("parquetHistory", &["liveKeys"]),
        ],
    ),
    ("UpsertBucketPayload", &[("bucket", &[]), ("inserted", &[])]),
];

/// Members of the `input` of each mutation.
const INPUTS: &[(&str, &[&str])] = &[
    (
        "UpsertBucketInput",
        &[
            "id",
            "name",
            "groupName",
            "modelName",
            "entityName",
            "description",
            "displayName",
            "notes",
            "config",
            "commit",
            "host",
            "debug",
            "jobProgram",
            "jobRepo",
            "jobType",
            "state",
            "sweep",
            "tags",
            "summaryMetrics",
        ],
    ),
    ("CreateRunFilesInput", &["entityName", "projectName", "runName", "files"]),
    ("MarkRunFilesUploadedInput", &["entityName", "projectName", "runName", "files"]),
    ("DeleteRunInput", &["id", "deleteArtifacts"]),
];

/// Returns the arguments of a field; `None` of a field that is not listed.
pub(super) fn arguments(type_name: &str, field: &str) -> Option<&'static [&'static str]> {
    let (_, fields) = TYPES.iter().find(|(name, _)| *name == type_name)?;
    fields.iter().find(|(name, _)| *name == field).map(|(_, arguments)| *arguments)
}

/// Returns the members of a mutation's input.
pub(super) fn inputs(type_name: &str) -> Option<&'static [&'static str]> {
    INPUTS.iter().find(|(name, _)| *name == type_name).map(|(_, members)| *members)
}

/// Returns `__type(name)`.
pub(super) fn type_of(name: &str) -> Value {
    let named = |name: &&str| Value::Object(object([("name", name.into_value())]));
    let fields = TYPES.iter().find(|(listed, _)| *listed == name).map(|(_, fields)| {
        let field = |(name, arguments): &(&str, &'static [&str])| {
            let arguments = Value::List(arguments.iter().map(named).collect());
            Value::Object(object([("name", name.into_value()), ("args", arguments)]))
        };
        Value::List(fields.iter().map(field).collect())
    });
    let inputs = inputs(name).map(|members| Value::List(members.iter().map(named).collect()));
    if fields.is_none() && inputs.is_none() {
        return Value::Null;
    }
    let kind = if fields.is_some() { "OBJECT" } else { "INPUT_OBJECT" };
    let (fields, inputs) = (fields.unwrap_or(Value::Null), inputs.unwrap_or(Value::Null));
    let members = [
        ("name", name.into_value()),
        ("kind", kind.into_value()),
        ("fields", fields),
        ("inputFields", inputs),
    ];
    Value::Object(object(members))
}

/// Returns `__schema`.
pub(super) fn schema() -> Value {
    let names = TYPES.iter().map(|(name, _)| *name).chain(INPUTS.iter().map(|(name, _)| *name));
    let types = Value::List(names.map(type_of).collect());
    let [query, mutation] = ROOTS.map(type_of);
    Value::Object(object([
        ("queryType", query),
        ("mutationType", mutation),
        ("subscriptionType", Value::Null),
        ("types", types),
        ("directives", Value::List(Vec::new())),
    ]))
}
