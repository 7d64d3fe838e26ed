//! Selections, filters, orders and pages.

use annals_stand_in::wandb::Moment;
use serde_json::json;

use super::told::{Asked, Told, rows, sweep};

fn runs() -> Vec<Told> {
    let config = |role: &str, netuid: &str| {
        format!(r#"{{"role":{{"desc":null,"value":"{role}"}},"config":{{"value":{{"netuid":{netuid}}}}}}}"#)
    };
    vec![
        Told::new("one", 3, &config("validator", "27")),
        Told::new("two", 1, &config("miner", "27.0")),
        Told::new("three", 2, &config("validator", "\"27\"")),
        Told {
            state: "finished",
            ..Told::new(
                "four",
                2,
                r#"{"07":{"value":1.50},"7":{"value":9007199254740993},"s":{"value":"\ud800"}}"#,
            )
        },
    ]
}

#[tokio::test]
async fn exactly_the_asked_fields_come_in_the_asked_order() {
    let asked = Asked::of(&[sweep(0, &runs())], Moment::Last).await;
    let query = r#"
        # as clients write them
        query Q($name: String!, $with: Boolean = false, $project: String = "oc") {
            viewer { username }
            p: project(name: $project, entityName: "ni") {
                __typename
                run(name: $name) { ...B state user { username } displayName @include(if: $with) nobody }
                again: run(name: $name) { id ... on Run { user { name } } ... on Sweep { state } }
            }
            none: project(name: "other", entityName: "ni") { id }
            run: project(name: "oc", entityName: "ni") { run(name: "nobody") { id } }
        }
        fragment B on Run { name ...C }
        fragment C on Run { user { name } name }"#;
    let answer = asked.send(json!({"query": query, "variables": {"name": "four"}}).to_string()).await;
    let expected = concat!(
        r#"{"data":{"viewer":{"username":"stand-in"},"p":{"__typename":"Project","#,
        r#""run":{"name":"four","user":{"name":"N","username":"n"},"state":"finished","nobody":null},"#,
        r#""again":{"id":"node-four","user":{"name":"N"}}},"none":null,"run":{"run":null}}}"#
    );
    assert_eq!(answer.text().await.unwrap(), expected);
    asked.stop().await;
}

#[tokio::test]
async fn a_config_comes_out_as_it_went_in() {
    let asked = Asked::of(&[sweep(0, &runs())], Moment::Last).await;
    let run = asked.project("run(name: \"four\") { config }", json!({})).await;
    assert_eq!(run["run"]["config"], runs()[3].config);
    asked.stop().await;
}

#[tokio::test]
async fn filters_and_orders_are_those_of_wandb() {
    let asked = Asked::of(&[sweep(0, &runs())], Moment::Last).await;
    let cases = [
        (r#"{}"#, "+created_at", "two four three one"),
        (r#"{"$and":[{"config.role":"validator"},{"config.config.netuid":27}]}"#, "+created_at", "one"),
        (r#"{"config.config.netuid":{"$exists":true}}"#, "-created_at", "one three two"),
        (r#"{"state":"finished"}"#, "-heartbeat_at", "four"),
        (
            r#"{"$or":[{"display_name":"validator-two"},{"displayName":"validator-one"}]}"#,
            "config.role",
            "two one",
        ),
        (r#"{"name":{"$nin":["one","two"]}}"#, "-config.7.value", "four three"),
        (r#"{"duration":{"$gte":3600,"$lt":3601}}"#, "-duration", "four one three two"),
    ];
    for (filters, order, expected) in cases {
        let variables = json!({"filters": filters, "order": order});
        assert_eq!(asked.page(variables.clone()).await, (expected.to_owned(), None), "{filters}");
        let counts = asked
            .project("runCount(filters: $filters) runs(filters: $filters) { totalCount }", variables)
            .await;
        let count = expected.split(' ').count();
        assert_eq!(counts, json!({"runCount": count, "runs": {"totalCount": count}}));
    }
    asked.stop().await;
}

#[tokio::test]
async fn what_is_unknown_is_an_error_that_names_it() {
    let asked = Asked::of(&[sweep(0, &runs())], Moment::Last).await;
    let of_project = |field: &str| format!("{{ project(name: \"oc\", entityName: \"ni\") {{ {field} }} }}");
    let cases = [
        ("{ sweeps { id } }".to_owned(), 200, "\"sweeps\""),
        ("mutation M { launch(input: {}) { id } }".to_owned(), 200, "\"launch\""),
        (of_project("runs(colour: 1) { totalCount }"), 200, "\"colour\""),
        (of_project("run(name: 7) { id }"), 200, "\"name\""),
        (of_project("run { id }"), 200, "\"name\""),
        (of_project("runs"), 200, "\"runs\""),
        (of_project("run(name: \"one\") { ...Gone }"), 400, "Gone"),
        (of_project(r#"runs(filters: "{\"colour\": 1}") { totalCount }"#), 400, "\"colour\""),
        (of_project(r#"runs(filters: "{\"state\": {\"$near\": 1}}") { totalCount }"#), 400, "$near"),
        (of_project(r#"runs(filters: "{\"createdAt\": 1767225600}") { totalCount }"#), 500, "1767225600"),
        (of_project("runs(first: -1) { totalCount }"), 200, "\"first\""),
        (of_project("runs(first: 1.0) { totalCount }"), 200, "\"first\""),
        (of_project("run(name: \"one\") { history(samples: -1) }"), 200, "\"samples\""),
        (of_project(r#"runs(order: "-colour") { totalCount }"#), 400, "\"colour\""),
        (of_project(r#"runs(after: "Mg==") { totalCount }"#), 400, "Mg=="),
        ("query Q($n: String!) { viewer { id } }".to_owned(), 200, "$n"),
        ("query {".to_owned(), 400, "the query"),
        (
            "fragment F on Run { ...F } query { project(name: \"oc\") { run(name: \"one\") { ...F } } }"
                .to_owned(),
            400,
            "fragment F is in itself",
        ),
        (of_project("run(name: $nobody) { id }"), 400, "$nobody"),
        ("query Q($a: String) { viewer { id @skip(if: $b) } }".to_owned(), 400, "$b"),
        // As if it were the variable.
        (r#"query Q($n: String = "oc") { project(name: "\u0000n") { id } }"#.to_owned(), 400, "NUL"),
    ];
    for (query, expected, named) in cases {
        let (status, message) = asked.refused(&query).await;
        assert!(status == expected && message.contains(named), "{query}: {status} {message}");
    }
    asked.stop().await;
}

#[tokio::test]
async fn a_small_question_that_would_never_end_is_refused() {
    let asked = Asked::of(&[sweep(0, &runs())], Moment::Last).await;
    let run = |fields: &str| {
        format!("project(name: \"oc\", entityName: \"ni\") {{ run(name: \"one\") {{ {fields} }} }}")
    };
    // Each fragment asks for the next one: so many of them, and what the last one asks.
    let chain = |count: usize, ask: &dyn Fn(usize) -> String| {
        let fragment = |n| format!("fragment F{n} on Run {{ {} }} ", ask(n + 1));
        let fragments: String = (0..count).map(fragment).collect();
        format!("{{ {} }} {fragments} fragment F{count} on Run {{ id }}", run("...F0"))
    };
    let again = |n: usize| format!("project {{ run(name: \"one\") {{ ...F{n} }} }}");
    let cases = [
        (
            "a cycle through fields",
            format!("{{ {0} }} fragment F on Run {{ {0} }}", run("...F")),
            "in itself",
        ),
        ("fragments in fragments", chain(80, &|n| format!("...F{n}")), "nested over 64"),
        ("fields in fragments", chain(30, &again), "nested over 64"),
        ("each field twice", chain(20, &|n| format!("a: {0} b: {0}", again(n))), "over 524288 selections"),
        ("brackets", "{a".repeat(10_000), "nested over 64"),
        ("lists", format!("{{ a(b: {}", "[".repeat(10_000)), "nested over 64"),
        ("types", format!("query Q($n: {}", "[".repeat(10_000)), "nested over 64"),
    ];
    for (what, query, named) in cases {
        let (status, message) = asked.refused(&query).await;
        assert!(status == 400 && message.contains(named), "{what}: {status} {message}");
    }
    // What is just not too deep is answered, on the stack that there is.
    let inner = format!("{}a{}", "a { ".repeat(58), " }".repeat(58));
    let (status, answer) =
        asked.ask(&format!("{{ {} }}", run(&format!("historyKeys {{ {inner} }}"))), json!({})).await;
    assert_eq!(
        (status, &answer["data"]["project"]["run"]["historyKeys"]),
        (200, &json!({"a": null})),
        "{answer}"
    );
    let lists = format!("{}{}", "[".repeat(60), "]".repeat(60));
    let (_, message) = asked.refused(&format!("{{ project(name: {lists}) {{ id }} }}")).await;
    assert!(message.contains("has to be a text"), "{message}");
    // Twice the same is once.
    let (status, answer) = asked.ask(&chain(30, &|n| format!("...F{n} ...F{n}")), json!({})).await;
    assert_eq!((status, &answer["data"]["project"]["run"]["id"]), (200, &json!("node-one")), "{answer}");
    let deep = |filter: &str, end: &str| format!("{}{{}}{}", filter.repeat(400), end.repeat(400));
    for filter in [deep(r#"{"$not":"#, "}"), deep(r#"{"$and":["#, "]}"), deep(r#"{"state":{"$not":"#, "}}")] {
        let query = "query Q($f: JSONString) { project(name: \"oc\") { runCount(filters: $f) } }";
        let (status, answer) = asked.ask(query, json!({"f": filter})).await;
        assert_eq!(status, 400, "{answer}");
    }
    asked.stop().await;
}

#[tokio::test]
async fn pages_join_and_end() {
    let many: Vec<_> = (1..=7).map(|day| Told::new(&format!("r{day}"), day, "{}")).collect();
    let asked = Asked::of(&[sweep(0, &many)], Moment::Last).await;
    let (first, cursor) = asked.page(json!({"first": 3})).await;
    let (second, cursor) = asked.page(json!({"first": 3, "cursor": cursor})).await;
    let (third, end) = asked.page(json!({"first": 3, "cursor": cursor})).await;
    assert_eq!([first, second, third], ["r1 r2 r3", "r4 r5 r6", "r7"]);
    assert_eq!(end, None);
    // A page that is just full has no next one; an empty cursor is none.
    assert_eq!(asked.page(json!({"first": 7, "cursor": ""})).await.1, None);
    assert_eq!(asked.page(json!({"first": 0})).await, (String::new(), None));
    asked.stop().await;
}

#[tokio::test]
async fn fifty_runs_are_a_page_when_nothing_is_said() {
    let many: Vec<_> = (0..60).map(|place| Told::new(&format!("r{place:02}"), 1, "{}")).collect();
    let asked = Asked::of(&[sweep(0, &many)], Moment::Last).await;
    let runs = asked.project("runs { edges { cursor } pageInfo { hasNextPage } }", json!({})).await;
    assert_eq!(runs["runs"]["edges"].as_array().unwrap().len(), 50);
    assert_eq!(runs["runs"]["pageInfo"]["hasNextPage"], true);
    asked.stop().await;
}

#[tokio::test]
async fn history_is_complete_by_steps_and_sampled_without() {
    let lines: Vec<String> = (0..10).map(|step| format!(r#"{{"_step":{step},"loss":{step}.50}}"#)).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let asked = Asked::of(&[sweep(0, &runs()), rows(1, "one", &lines)], Moment::Last).await;
    let fields = r#"run(name: "one") {
        page: history(minStep: 2, maxStep: 4, samples: 1000)
        few: history(samples: 2)
        sampledHistory(specs: ["{\"keys\": [\"loss\"], \"minStep\": 8, \"maxStep\": 99, \"samples\": 500}", "{\"keys\": [\"absent\"]}"])
        parquetHistory(liveKeys: ["_step"]) { parquetUrls liveData }
        historyKeys historyLineCount }"#;
    let run = &asked.project(fields, json!({})).await["run"];
    assert_eq!(run["page"], json!([r#"{"_step":2,"loss":2.50}"#, r#"{"_step":3,"loss":3.50}"#]));
    assert_eq!(run["few"].as_array().unwrap().len(), 2);
    assert_eq!(run["sampledHistory"], json!([[{"loss": 8.5}, {"loss": 9.5}], []]));
    assert_eq!(run["parquetHistory"]["parquetUrls"], json!([]));
    assert_eq!(run["parquetHistory"]["liveData"].as_array().unwrap().len(), 10);
    // The node was told before the rows were asked for.
    assert_eq!(run["historyKeys"], json!({"keys": {}, "lastStep": 9}));
    assert_eq!(run["historyLineCount"], 7);
    asked.stop().await;
}
