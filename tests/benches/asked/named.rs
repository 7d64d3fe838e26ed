//! The questions that have names, one after another, and how long each takes.

use std::time::{Duration, Instant};

use annals_queries::{Argument, check, questions};

use super::LargeLog;
use super::parameters::{Form, forms};

/// A question that takes no time worth a word: what of a session is in all others.
pub(crate) const VOTES: &str = include_str!("../../../queries/questions/votes.sql");

const P50_MAX: Duration = Duration::from_millis(50);
const P95_MAX: Duration = Duration::from_millis(250);
/// Of all that a question takes.
const CHECK_SHARE_MAX: f64 = 0.01;

const ROUNDS: usize = 20;
const ROUNDS_MIN: usize = 3;
/// A slow question is asked less often.
const TIME_MAX: Duration = Duration::from_secs(4);

/// The times of a form of a question.
pub(crate) struct Asked {
    sql: &'static str,
    arguments: Vec<Argument>,
    seconds: Vec<f64>,
}

/// Asks all questions, with values that are in the log, and prints how long they took.
pub(crate) fn ask_all(log: &LargeLog) -> Vec<Asked> {
    println!("{:<34} {:>5} {:>8} {:>10} {:>10}", "named question", "times", "rows", "p50 ms", "p95 ms");
    let (mut all, mut without) = (Vec::new(), Vec::new());
    for question in questions() {
        let (forms, not_asked) = forms(log, &question);
        without.extend(not_asked);
        all.extend(forms.iter().map(|form| ask(log, form)));
    }
    let within = |quantile: f64, max: Duration| {
        let reached = all.iter().filter(|asked| seconds_at(&asked.seconds, quantile) < max.as_secs_f64());
        format!("{} of {} forms under {} ms", reached.count(), all.len(), max.as_millis())
    };
    println!("named questions, p50: {} (target: all)", within(0.5, P50_MAX));
    println!("named questions, p95: {} (target: all)", within(0.95, P95_MAX));
    let together: Vec<f64> = all.iter().flat_map(|asked| asked.seconds.iter().copied()).collect();
    println!(
        "all answers together: p50 {:.1} ms, p95 {:.1} ms",
        seconds_at(&together, 0.5) * 1e3,
        seconds_at(&together, 0.95) * 1e3
    );
    println!("not asked, since the log has no value: {}", without.join(", "));
    all
}

fn ask(log: &LargeLog, form: &Form) -> Asked {
    let asked = Asked { sql: form.sql, arguments: form.arguments[0].clone(), seconds: Vec::new() };
    let (mut seconds, mut rows, began) = (Vec::new(), 0, Instant::now());
    for arguments in form.arguments.iter().cycle().take(ROUNDS) {
        if seconds.len() >= ROUNDS_MIN && began.elapsed() > TIME_MAX {
            break;
        }
        match log.ask(form.sql, arguments) {
            Ok(answered) => {
                seconds.push(answered.took.as_secs_f64());
                rows = answered.rows.max(rows);
            }
            Err(error) => {
                println!("{:<34} no answer after {:.1} s: {error}", form.name, began.elapsed().as_secs_f64());
                return Asked { seconds: vec![f64::INFINITY], ..asked };
            }
        }
    }
    let (p50, p95) = (seconds_at(&seconds, 0.5) * 1e3, seconds_at(&seconds, 0.95) * 1e3);
    println!("{:<34} {:>5} {rows:>8} {p50:>10.1} {p95:>10.1}", form.name, seconds.len());
    Asked { seconds, ..asked }
}

/// Prints how much of a question's time planning is, and the check before it that refuses what would plan for long.
pub(crate) fn planning(log: &LargeLog, asked: &[Asked]) {
    let median = |times: Vec<f64>| seconds_at(&times, 0.5);
    let checks = asked.iter().map(|asked| median(timed(|| check(asked.sql).expect("it was answered"))));
    let plans = asked.iter().map(|asked| {
        let sql = format!("explain {}", asked.sql);
        median(timed(|| {
            log.ask(&sql, &asked.arguments).expect("it was answered");
        }))
    });
    let (checks, plans) = (median(checks.collect()), median(plans.collect()));
    let whole = median(asked.iter().map(|asked| seconds_at(&asked.seconds, 0.5)).collect());
    println!(
        "of the median question's {:.2} ms: planned, optimized and shown {:.2} ms ({:.1} %), and read and checked for its \
         size {:.3} ms ({:.2} %; target: under {} %)",
        whole * 1e3,
        plans * 1e3,
        plans / whole * 100.0,
        checks * 1e3,
        checks / whole * 100.0,
        CHECK_SHARE_MAX * 100.0
    );
}

fn timed(mut work: impl FnMut()) -> Vec<f64> {
    let one = |()| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64()
    };
    [(); ROUNDS].map(one).to_vec()
}

/// The time that this part of the answers took at most.
fn seconds_at(seconds: &[f64], part: f64) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Few enough for a double, and never below one.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rank = (part * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted[rank - 1]
}
