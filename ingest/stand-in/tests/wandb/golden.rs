//! The filters that upstream sends, over the runs of all golden cases: each selects the runs that the rules select.

use annals_stand_in::wandb::Moment;
use serde_json::{Value, json};

use super::told::{Asked, Told, sweep};

/// The members of a run that a filter of upstream looks at.
struct Run<'a> {
    id: &'a str,
    state: &'a str,
    config: &'a Value,
}

impl<'a> Run<'a> {
    fn of(run: &'a Value) -> Self {
        let text = |key: &str| run[key].as_str().unwrap();
        Self { id: text("id"), state: text("state"), config: &run["config"] }
    }

    fn is_of(&self, role: &str, netuid: &Value) -> bool {
        let told = &self.config["config"]["netuid"];
        // A number, whole or with a point; neither a text nor true.
        self.config["role"] == role && told.is_number() && told.as_f64() == netuid.as_f64()
    }
}

/// Which runs a filter has to select.
type Rule<'a> = Box<dyn Fn(&Run<'_>) -> bool + 'a>;

/// What upstream's readers ask for, and what is meant by it.
fn asked<'a>(netuid: &'a Value, hotkey: &'a str) -> [(Value, Rule<'a>); 5] {
    let of_role = |role: &str, more: &[Value]| {
        let mut all = vec![json!({"config.role": role}), json!({"config.config.netuid": netuid})];
        all.extend_from_slice(more);
        json!({"$and": all})
    };
    let with = |key: &'static str| -> (Value, Rule<'a>) {
        let exists = json!({format!("config.{key}"): {"$exists": true}});
        let rule = move |run: &Run<'_>| run.is_of("validator", netuid) && run.config.get(key).is_some();
        (of_role("validator", &[exists]), Box::new(rule))
    };
    let (mut checklist, has_checklist) = with("penalized_hotkeys_checklist");
    let filters = checklist["$and"].as_array_mut().unwrap();
    filters.push(json!({"config.hotkey": {"$in": [hotkey]}}));
    let is_of_hotkey = move |run: &Run<'_>| has_checklist(run) && run.config["hotkey"] == hotkey;
    let miners = of_role("miner", &[json!({"state": "running"})]);
    let is_running = |run: &Run<'_>| run.is_of("miner", netuid) && run.state == "running";
    [
        with("allocated_hotkeys"),
        with("penalized_hotkeys"),
        (checklist, Box::new(is_of_hotkey)),
        with("stats"),
        (miners, Box::new(is_running)),
    ]
}

#[tokio::test]
async fn upstreams_filters_select_the_runs_that_the_rules_select() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/golden/public.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let hotkey = golden["keys"]["ni_validator"]["ss58"].as_str().unwrap();
    let (mut selected, mut left_out) = (0, 0);
    for case in golden["cases"].as_array().unwrap() {
        let told = case["runs"].as_array().unwrap();
        let nodes: Vec<Told> = told.iter().map(node).collect();
        let server = Asked::of(&[sweep(0, &nodes)], Moment::Last).await;
        let mut runs: Vec<&Value> = told.iter().collect();
        runs.sort_by_key(|run| run["created_at"].as_str().unwrap());
        let runs: Vec<Run<'_>> = runs.into_iter().map(Run::of).collect();
        for (filters, rule) in asked(&case["netuid"], hotkey) {
            let ids: Vec<_> = runs.iter().filter(|run| rule(run)).map(|run| run.id).collect();
            let (page, _) = server.page(json!({"filters": filters.to_string()})).await;
            assert_eq!(page, ids.join(" "), "{}: {filters}", case["id"]);
            selected += ids.len();
            left_out += runs.len() - ids.len();
        }
        server.stop().await;
    }
    assert!(selected > 1000 && left_out > 1000, "{selected} {left_out}");
}

/// As the server has it: each member of the config wrapped.
fn node(run: &Value) -> Told {
    let text = |key: &str| run[key].as_str().unwrap().to_owned();
    let config = run["config"].as_object().unwrap().iter();
    let config: serde_json::Map<_, _> =
        config.map(|(key, value)| (key.clone(), json!({"value": value}))).collect();
    let state = if run["state"] == "running" { "running" } else { "finished" };
    Told {
        id: text("id"),
        state,
        created_at: text("created_at"),
        heartbeat_at: run["heartbeat_at"].as_str().unwrap_or_default().to_owned(),
        config: Value::Object(config).to_string(),
    }
}
