//! Metrics, from the outside: endpoints over loopback, and what is asked of them afterwards.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use crate::program::{Session, err, fixture, out, text};
use crate::serving::Serving;

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

fn endpoint(session: &Session) -> (Serving, String) {
    let (folder, listen) = (fixture("prometheus"), ["--listen", "127.0.0.1:0"]);
    let arguments = [&["fixture", "serve-metrics", &folder][..], &listen].concat();
    let serving = Serving::start(session, "metrics", &arguments);
    let target = serving.url.strip_prefix("http://").unwrap().to_owned();
    (serving, target)
}

fn ask(session: &Session, sql: &str) -> String {
    out(&session.annals(&["query", sql, "--output", "ndjson"]).success()).trim().to_owned()
}

#[test]
fn a_named_endpoint_is_scraped_once_and_its_samples_are_asked_for() {
    let session = Session::with_log();
    let (_serving, target) = endpoint(&session);
    let scrape = ["run", "--only", "metrics", "--once", "--target", &target];
    // This machine is asked only where that is said.
    session.annals(&scrape).success();
    let refused = "select outcome, refused_by, address from scrapes";
    assert_eq!(ask(&session, refused), r#"{"outcome":"refused","refused_by":"loopback","address":null}"#);
    session.annals(&[&scrape[..], &["--allow-loopback"]].concat()).success();
    let loads = "select metric, value from samples where metric like 'node_load%' order by metric";
    let expected = [("node_load1", "6.35"), ("node_load15", "3.56"), ("node_load5", "6.19")]
        .map(|(metric, value)| format!(r#"{{"metric":"{metric}","value":{value}}}"#));
    assert_eq!(ask(&session, loads), expected.join("\n"));
    let idle = "select count(*) as n, count(distinct label(labels, 'cpu')) as cpus from samples \
                where metric = 'node_cpu_seconds_total'";
    assert_eq!(ask(&session, idle), r#"{"n":16,"cpus":2}"#);
    let families = "select type, help from metric_families where family = 'node_load1'";
    assert_eq!(ask(&session, families), r#"{"type":"gauge","help":"1m load average."}"#);
    let last = "select sample_count, absent_since from samples_latest";
    assert_eq!(ask(&session, last), r#"{"sample_count":507,"absent_since":null}"#);
    // The bytes as they came, and a proof of them.
    let index = out(&session.annals(&["query", "select scrape from samples_latest", "--output", "csv"]));
    let bytes = session.annals(&["raw", index.lines().nth(1).unwrap()]).success();
    let recorded = std::fs::read(fixture("prometheus/node_exporter-1.5.0.txt")).unwrap();
    assert_eq!(bytes.get_output().stdout, recorded);
    session.annals(&["verify"]).success();
}

#[test]
fn metrics_that_the_chain_announces_are_scraped_and_up_names_the_block() {
    let session = Session::with_scenario("chain-ladder");
    let (_serving, target) = endpoint(&session);
    // Both addresses are of documentation, which nobody may ask; one has a stand-in.
    let stand_in = format!("203.0.113.7:9100={target}");
    let run = ["run", "--only", "metrics", "--once", "--scrape-stand-in", &stand_in];
    session.annals(&run).success();
    let up = "select hotkey, target, up, outcome, announced_at_block from up order by hotkey";
    let expected = [
        format!(
            r#"{{"hotkey":"{BOB}","target":"[2001:db8::1]:9100","up":false,"outcome":"refused","announced_at_block":11}}"#
        ),
        format!(
            r#"{{"hotkey":"{ALICE}","target":"203.0.113.7:9100","up":true,"outcome":"ok","announced_at_block":5}}"#
        ),
    ];
    assert_eq!(ask(&session, up), expected.join("\n"));
    let address = format!("select count(*) as n from scrapes where address = '{target}' and netuid = 3");
    assert_eq!(ask(&session, &address), r#"{"n":1}"#);
    let refusals = "select target, refused_by, hotkey from scrape_refusals";
    let refusal =
        format!(r#"{{"target":"[2001:db8::1]:9100","refused_by":"documentation","hotkey":"{BOB}"}}"#);
    assert_eq!(ask(&session, refusals), refusal);
    let whose = "select distinct hotkey from samples where metric = 'node_load1'";
    assert_eq!(ask(&session, whose), format!(r#"{{"hotkey":"{ALICE}"}}"#));
    // Nobody's is asked where that is said.
    let nothing = session.annals(&["run", "--only", "metrics", "--once", "--no-announced"]).code(2);
    assert!(err(&nothing).contains("there is nothing to scrape"), "{}", err(&nothing));
    assert_eq!(ask(&session, "select count(*) as n from scrapes"), r#"{"n":2}"#);
}

/// A recorder that runs on, stopped by its id when it is dropped.
struct Recorder(Child);

impl Recorder {
    fn start(session: &Session, arguments: &[&str]) -> Self {
        let mut process = std::process::Command::new(session.command().get_program());
        process.arg("run").args(arguments).env("ANNALS_DATA", session.data());
        process.env_remove("ANNALS_CONFIG").env("HOME", session.path("home"));
        Self(process.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// So long something may take until it is seen: the machine may be busy.
const SEEN_WITHIN: Duration = Duration::from_secs(120);

#[test]
fn metrics_that_the_chain_announces_meanwhile_are_scraped_when_the_log_is_at_its_head() {
    let session = Session::new();
    session.annals(&["init", "--netuid", "3", "--genesis", "any"]).success();
    let (_serving, target) = endpoint(&session);
    let chain = ["fixture", "serve-chain", &fixture("chain-ladder"), "--listen", "127.0.0.1:0"];
    let chain = Serving::start(&session, "chain", &chain);
    let stand_in = format!("203.0.113.7:9100={target}");
    let follow =
        ["--only", "chain,metrics", "--rpc", &chain.url, "--scrape-every", "1", "--scrape-timeout", "1"];
    let _recorder = Recorder::start(&session, &[&follow[..], &["--scrape-stand-in", &stand_in]].concat());
    let up = format!("select announced_at_block from up where up and hotkey = '{ALICE}'");
    let begun = Instant::now();
    while ask(&session, &up) != r#"{"announced_at_block":5}"# {
        assert!(begun.elapsed() < SEEN_WITHIN, "nobody scraped it");
        std::thread::sleep(Duration::from_millis(100));
    }
    // Nobody was asked before the log was at the head, which is block 21 of the recording.
    let first = "select min(log_index) > (select max(log_index) from blocks where block_number < 21) as late from scrapes";
    assert_eq!(ask(&session, first), r#"{"late":true}"#);
}

/// A recorder that receives.
struct Receiver {
    _recorder: Recorder,
    address: String,
}

impl Receiver {
    fn start(session: &Session, whom: &[&str]) -> Self {
        let receive = ["--only", "metrics", "--no-announced", "--metrics-receive", "127.0.0.1:0"];
        let mut recorder = Recorder::start(session, &[&receive[..], whom].concat());
        let said = BufReader::new(recorder.0.stderr.take().unwrap()).lines();
        let said = said.map(Result::unwrap).find(|line| line.contains("metrics are received at")).unwrap();
        let address = said.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { _recorder: recorder, address }
    }

    /// Sends a body in the name of a hotkey. Returns the status and the words.
    fn send(&self, body: &[u8], headers: &[(&str, &str)]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let mut request = format!(
            "POST /prometheus/inbound HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        stream.write_all((request + "\r\n").as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
    }
}

/// A request of remote write with one series: protobuf and a block of Snappy, byte by byte.
fn remote_write(hotkey: &str) -> Vec<u8> {
    let field =
        |number: u8, bytes: &[u8]| [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let label =
        |name: &str, value: &str| field(1, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat());
    // A double, and a time of 1,000 ms.
    let sample = field(2, &[&[1 << 3 | 1][..], &2.5_f64.to_le_bytes(), &[2 << 3, 0xe8, 0x07]].concat());
    let series = field(1, &[label("__name__", "gpu_load"), label("hotkey", hotkey), sample].concat());
    // Shorter than 128 bytes, so lengths take a byte, and one literal has it all.
    let length = u8::try_from(series.len()).unwrap();
    [&[length, 60 << 2, length - 1][..], &series].concat()
}

#[test]
fn metrics_that_a_neuron_signs_are_samples_and_others_are_anomalies() {
    let session = Session::with_scenario("chain-ladder");
    let (alice, stranger) = ("//Alice", "//Stranger");
    let pair = |secret: &str| sr25519::Pair::from_string(secret, None).unwrap();
    let signed = |secret: &str, body: &[u8]| hex::encode(pair(secret).sign(body).0);
    let send = |receiver: &Receiver, secret: &str, hotkey: &str, of: &str| {
        let body = remote_write(of);
        let signature = signed(secret, &body);
        receiver.send(
            &body,
            &[("Bittensor-Hotkey", hotkey), ("Bittensor-Netuid", "3"), ("Bittensor-Signature", &signature)],
        )
    };
    // The chain of the scenario ends without neurons.
    let receiver = Receiver::start(&session, &[]);
    let (status, why) = send(&receiver, alice, ALICE, ALICE);
    assert!(status == 403 && why.contains("has no neuron"), "{status} {why}");
    drop(receiver);
    let receiver = Receiver::start(&session, &["--metrics-receive-any"]);
    assert_eq!(send(&receiver, alice, ALICE, ALICE).0, 204);
    let (status, why) = send(&receiver, alice, ALICE, BOB);
    assert!(status == 403 && why.contains("the label `hotkey` of gpu_load"), "{status} {why}");
    let (status, why) = send(&receiver, stranger, ALICE, ALICE);
    assert!(status == 400 && why.contains("did not sign"), "{status} {why}");
    let (status, why) = receiver.send(b"", &[]);
    assert!(status == 400 && why.contains("Bittensor-Hotkey"), "{status} {why}");
    // What was answered is in the log, though the recorder is ended the hard way.
    drop(receiver);
    let samples = "select source, target, metric, value, hotkey, netuid, labels from samples";
    let expected = format!(
        r#"{{"source":"remote_write","target":"{ALICE}","metric":"gpu_load","value":2.5,"hotkey":"{ALICE}","netuid":3,"labels":"{{\"hotkey\":\"{ALICE}\"}}"}}"#
    );
    assert_eq!(ask(&session, samples), expected);
    let anomalies = "select count(*) as n from anomalies where kind = 'metrics_refused'";
    assert_eq!(ask(&session, anomalies), r#"{"n":4}"#);
}

#[test]
fn metrics_that_cannot_be_scraped_are_said_before_anything_is_recorded() {
    let session = Session::with_log();
    for (arguments, why) in [
        (&["--only", "metrics", "--target", "node"][..], "it has no port"),
        (&["--only", "metrics", "--target", "a:1", "--scrape-every", "5"], "longer than --scrape-every"),
        (&["--only", "chain", "--target", "127.0.0.1:9100"], "leaves them out"),
        (&["--until-head", "--target", "127.0.0.1:9100"], "leaves them out"),
        (&["--only", "metrics", "--once", "--metrics-receive", "127.0.0.1:0"], "a run that ends"),
    ] {
        let refused = session.annals(&[&["run"][..], arguments].concat()).code(2);
        assert!(err(&refused).contains(why), "{why}: {}", err(&refused));
    }
    let none = session.path("none.pem");
    let refused = session.annals(&["run", "--only", "metrics", "--once", "--scrape-ca", text(&none)]).code(3);
    assert!(err(&refused).contains("none.pem"), "{}", err(&refused));
    assert_eq!(ask(&session, "select count(*) as n from scrapes"), r#"{"n":0}"#);
}
