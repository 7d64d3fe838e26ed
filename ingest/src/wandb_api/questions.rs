//! What is asked and what is sent, as the real clients do it: the documents and variables of `wandb` 0.19.0, and of
//! 0.31.0 for histories that lie in files. Servers know these.

use annals_log::json::{self, Value};
use serde::Serialize;

/// All that clients show of a run.
const RUN_FRAGMENT: &str = concat!(
    "fragment RunFragment on Run { id tags name displayName sweepName state config group jobType commit readOnly createdAt ",
    "heartbeatAt description notes systemMetrics summaryMetrics historyLineCount user { name username } historyKeys }"
);

/// A page of runs of a project.
const RUNS: &str = concat!(
    "query Runs($project: String!, $entity: String!, $cursor: String, $perPage: Int = 50, $order: String, ",
    "$filters: JSONString) { project(name: $project, entityName: $entity) { runCount(filters: $filters) readOnly ",
    "runs(filters: $filters, after: $cursor, first: $perPage, order: $order) { edges { node { ...RunFragment } cursor } ",
    "pageInfo { endCursor hasNextPage } } } }"
);

/// One run, by its short id.
const RUN: &str = concat!(
    "query Run($project: String!, $entity: String!, $name: String!) { project(name: $project, entityName: $entity) { ",
    "run(name: $name) { ...RunFragment } } }"
);

/// Rows of a run's history, all of them, from one step up to another.
const HISTORY_PAGE: &str = concat!(
    "query HistoryPage($entity: String!, $project: String!, $run: String!, $minStep: Int64!, $maxStep: Int64!, ",
    "$pageSize: Int!) { project(name: $project, entityName: $entity) { run(name: $run) { ",
    "history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize) } } }"
);

/// Where the rows of a run's history lie that the server has put into files.
const PARQUET_HISTORY: &str = concat!(
    "query RunParquetHistory ($entity: String!, $project: String!, $runName: String!, $liveKeys: [String!]!) { ",
    "project(name: $project, entityName: $entity) { run(name: $runName) { parquetHistory(liveKeys: $liveKeys) { ",
    "parquetUrls liveData } } } }"
);

/// How a run stands, before it is gone on with.
const RUN_RESUME_STATUS: &str = concat!(
    "query RunResumeStatus ($project: String, $entity: String, $name: String!) { ",
    "model(name: $project, entityName: $entity) { id name entity { id name } bucket(name: $name, missingOk: true) { ",
    "id name summaryMetrics displayName logLineCount historyLineCount eventsLineCount historyTail eventsTail config tags ",
    "wandbConfig(keys: [\"t\"]) } } }"
);

/// Makes a run, and writes its name and config.
const UPSERT_BUCKET: &str = concat!(
    "mutation UpsertBucket ($id: String, $name: String, $project: String, $entity: String, $groupName: String, ",
    "$description: String, $displayName: String, $notes: String, $commit: String, $config: JSONString, $host: String, ",
    "$debug: Boolean, $program: String, $repo: String, $jobType: String, $state: String, $sweep: String, ",
    "$tags: [String!], $summaryMetrics: JSONString) { upsertBucket(input: {id:$id,name:$name,groupName:$groupName,",
    "modelName:$project,entityName:$entity,description:$description,displayName:$displayName,notes:$notes,config:$config,",
    "commit:$commit,host:$host,debug:$debug,jobProgram:$program,jobRepo:$repo,jobType:$jobType,state:$state,sweep:$sweep,",
    "tags:$tags,summaryMetrics:$summaryMetrics}) { bucket { id name displayName description config sweepName ",
    "project { id name entity { id name } } historyLineCount } inserted } }"
);

/// Oldest first: the order in which upstream sees runs, and the only one that does not move while it is paged through.
pub(crate) const OLDEST_FIRST: &str = "+created_at";
/// Those that the server heard of last come first.
pub(crate) const LAST_HEARD_FIRST: &str = "-heartbeat_at";

/// Of a page, as the real clients ask for them. There is one row a step at most, so it is that many steps, too.
pub(crate) const HISTORY_ROWS_MAX: u64 = 1000;

/// Which runs of which project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsAsked {
    /// Who the project belongs to.
    pub entity: String,
    /// Its name.
    pub project: String,
    /// JSON of operators as `MongoDB` has them; `{}` for all runs.
    pub filters: String,
}

/// Where runs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Whose.
    pub entity: String,
    /// Its name.
    pub name: String,
}

/// Filters that are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} are no filters of W&B: they are a JSON object, as {{\"config.role\": \"validator\"}}, or {{}} for all runs"
)]
pub struct FiltersError(String);

#[derive(Serialize)]
struct Body<'a, V> {
    query: &'a str,
    variables: V,
    #[serde(rename = "operationName", skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunsVariables<'a> {
    project: &'a str,
    entity: &'a str,
    order: &'a str,
    filters: &'a str,
    per_page: u32,
    cursor: Option<&'a str>,
}

#[derive(Serialize)]
struct RunVariables<'a> {
    entity: &'a str,
    project: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoryVariables<'a> {
    entity: &'a str,
    project: &'a str,
    run: &'a str,
    min_step: u64,
    max_step: u64,
    page_size: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParquetVariables<'a> {
    entity: &'a str,
    project: &'a str,
    run_name: &'a str,
    live_keys: [&'a str; 1],
}

#[derive(Serialize)]
struct StandingVariables<'a> {
    project: &'a str,
    entity: &'a str,
    name: &'a str,
}

/// All that the mutation takes; a client names also what it leaves as it is.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct UpsertVariables<'a> {
    id: (),
    name: &'a str,
    project: &'a str,
    entity: &'a str,
    group_name: (),
    description: (),
    display_name: &'a str,
    notes: (),
    commit: (),
    config: &'a str,
    host: (),
    debug: (),
    program: (),
    repo: (),
    job_type: (),
    state: (),
    sweep: (),
    tags: (),
    summary_metrics: (),
}

#[derive(Serialize)]
struct Stream<'a> {
    files: StreamFiles<'a>,
}

#[derive(Serialize)]
struct StreamFiles<'a> {
    #[serde(rename = "wandb-history.jsonl")]
    history: Lines<'a>,
    #[serde(rename = "wandb-summary.json")]
    summary: Lines<'a>,
}

/// Lines of a file, from this one on.
#[derive(Serialize)]
struct Lines<'a> {
    offset: u64,
    content: &'a [String],
}

impl RunsAsked {
    /// All that upstream's readers look at on a subnet, in one question: the runs of its validators and of its miners
    /// (`compute/wandb/wandb.py` asks for each by `config.role` and `config.config.netuid`).
    pub fn of_subnet(entity: &str, project: &str, netuid: u16) -> Self {
        let filters = format!(
            r#"{{"$and": [{{"$or": [{{"config.role": "validator"}}, {{"config.role": "miner"}}]}}, {{"config.config.netuid": {netuid}}}]}}"#
        );
        Self { entity: entity.to_owned(), project: project.to_owned(), filters }
    }

    /// The same with other filters.
    ///
    /// # Errors
    /// When they are no JSON object.
    pub fn filtered(self, filters: &str) -> Result<Self, FiltersError> {
        match json::parse(filters) {
            Ok(Value::Object(_)) => Ok(Self { filters: filters.to_owned(), ..self }),
            _ => Err(FiltersError(filters.to_owned())),
        }
    }

    /// A page of at most `per_page` runs behind `cursor`.
    pub(crate) fn page(&self, order: &str, per_page: u32, cursor: Option<&str>) -> String {
        let (entity, project, filters) = (&self.entity, &self.project, &self.filters);
        runs_body(RUNS, RunsVariables { project, entity, order, filters, per_page, cursor })
    }

    /// The run of this id.
    pub(crate) fn run(&self, run_id: &str) -> String {
        runs_body(RUN, RunVariables { entity: &self.entity, project: &self.project, name: run_id })
    }

    /// Rows of a run from step `min_step` up to, not including, `max_step`.
    pub(crate) fn history(&self, run: &str, min_step: u64, max_step: u64) -> String {
        let (entity, project) = (&self.entity, &self.project);
        let page_size = HISTORY_ROWS_MAX;
        body(HISTORY_PAGE, HistoryVariables { entity, project, run, min_step, max_step, page_size })
    }

    /// The files that rows of a run lie in.
    pub(crate) fn parquet_history(&self, run_name: &str) -> String {
        let (entity, project) = (&self.entity, &self.project);
        let variables = ParquetVariables { entity, project, run_name, live_keys: ["_step"] };
        named_body(PARQUET_HISTORY, variables, "RunParquetHistory")
    }
}

impl Project {
    /// The runs of a name on a subnet, as upstream asks for them before it chooses one.
    pub(crate) fn runs_called(&self, display_name: &str, netuid: u16) -> RunsAsked {
        let display_name = Value::Text(display_name.into()).to_json();
        let filters = format!(
            r#"{{"$and": [{{"config.config.netuid": {netuid}}}, {{"display_name": {display_name}}}]}}"#
        );
        RunsAsked { entity: self.entity.clone(), project: self.name.clone(), filters }
    }

    /// How a run stands that is to be written to.
    pub(crate) fn standing(&self, run_id: &str) -> String {
        let Self { entity, name: project } = self;
        named_body(RUN_RESUME_STATUS, StandingVariables { project, entity, name: run_id }, "RunResumeStatus")
    }

    /// Writes a run's name and its whole config.
    pub(crate) fn write_config(&self, run_id: &str, display_name: &str, config: &str) -> String {
        let Self { entity, name: project } = self;
        let rest = UpsertVariables::default();
        let variables = UpsertVariables { name: run_id, project, entity, display_name, config, ..rest };
        named_body(UPSERT_BUCKET, variables, "UpsertBucket")
    }

    /// Where rows of a run's history go.
    pub(crate) fn file_stream(&self, run_id: &str) -> String {
        format!("/files/{}/{}/{run_id}/file_stream", self.entity, self.name)
    }
}

/// Rows behind `rows_before` of them, and what the summary says with them.
pub(crate) fn stream_body(rows_before: u64, rows: &[String], summary: &String) -> String {
    let history = Lines { offset: rows_before, content: rows };
    let summary = Lines { offset: 0, content: std::slice::from_ref(summary) };
    text(&Stream { files: StreamFiles { history, summary } })
}

/// A question for whole runs.
fn runs_body(query: &str, variables: impl Serialize) -> String {
    text(&Body { query: &format!("{query}\n{RUN_FRAGMENT}"), variables, operation: None })
}

fn body(query: &str, variables: impl Serialize) -> String {
    text(&Body { query, variables, operation: None })
}

fn named_body(query: &str, variables: impl Serialize, operation: &str) -> String {
    text(&Body { query, variables, operation: Some(operation) })
}

fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("texts and numbers are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTERS: &str = r#"{"$and": [{"config.role": "validator"}, {"config.config.netuid": 27}, {"config.allocated_hotkeys": {"$exists": true}}]}"#;

    /// Bodies that a real client sent, by the name of what it asked, as JSON whose keys stand in the order sent.
    fn recorded(case: &str, op: &str) -> Vec<String> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/wandb-requests/recorded-requests.json");
        let recorded = json::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = recorded.as_object().unwrap().get("cases").unwrap().as_object().unwrap();
        let Some(Value::List(requests)) = cases.get(case).unwrap().as_object().unwrap().get("requests")
        else {
            panic!("no requests")
        };
        let requests = requests.iter().map(|request| request.as_object().unwrap());
        let is_it = |name: &Value| name.as_text().is_some_and(|name| *name == *op);
        let asked = requests.filter(|request| request.get("op").is_some_and(is_it));
        asked.map(|request| bare(&request.get("body").unwrap().to_json())).collect()
    }

    /// White space aside, also that in texts.
    fn bare(json: &str) -> String {
        json.replace("\\n", "").replace("\\t", "").split_whitespace().collect()
    }

    fn asked() -> RunsAsked {
        RunsAsked { entity: "neuralinternet".into(), project: "opencompute".into(), filters: FILTERS.into() }
    }

    #[test]
    fn what_is_asked_is_what_the_real_clients_ask() {
        let asked = asked();
        let pages =
            [None, Some("Mg=="), Some("NQ==")].map(|cursor| bare(&asked.page(OLDEST_FIRST, 3, cursor)));
        assert_eq!(recorded("v019", "Runs"), pages);
        assert_eq!(recorded("v019", "Run"), [bare(&asked.run("00000001"))]);
        assert_eq!(recorded("v019", "HistoryPage"), [bare(&asked.history("00000001", 0, 4))]);
        assert_eq!(recorded("v031_parquet", "RunParquetHistory"), [bare(&asked.parquet_history("00000001"))]);
    }

    #[test]
    fn what_is_written_is_what_the_real_client_writes() {
        let project = Project { entity: "neuralinternet".into(), name: "opencompute".into() };
        assert_eq!(recorded("v019_write", "RunResumeStatus"), [bare(&project.standing("abcd1234"))]);
        // It tells its machine and its program too.
        let theirs = recorded("v019_write", "UpsertBucket").remove(0).replace(r#""<x>""#, "null");
        let ours = project.write_config("abcd1234", "validator-5HkTest", r#"{"_wandb":"<dropped>"}"#);
        assert_eq!(theirs, bare(&ours));
        assert_eq!(project.file_stream("abcd1234"), "/files/neuralinternet/opencompute/abcd1234/file_stream");
        assert_eq!(
            stream_body(7, &["{}".into()], &r#"{"a":1}"#.into()),
            concat!(
                r#"{"files":{"wandb-history.jsonl":{"offset":7,"content":["{}"]},"#,
                r#""wandb-summary.json":{"offset":0,"content":["{\"a\":1}"]}}}"#
            )
        );
    }

    #[test]
    fn one_question_asks_for_all_that_upstream_filters_by() {
        let asked = RunsAsked::of_subnet("neuralinternet", "opencompute", 27);
        assert!(json::parse(&asked.filters).is_ok());
        assert!(asked.filters.contains(r#"{"config.role": "miner"}"#) && asked.filters.contains(": 27}"));
    }
}
