//! The JSON parser beside Python's `json`, which is what upstream reads with.

use std::io::Write as _;
use std::process::{Command, Stdio};

use annals_log::json::{Number, Parser, Value, parse};

use crate::scratch::seeded;

/// Documents, a line each as JSON text; answers, a line each: what `json.loads(text, strict=False)` makes of it.
const ORACLE: &str = r#"
import json, sys
def show(value):
    if value is None or value is True or value is False: return str(value)
    if isinstance(value, int): return 'i' + str(value)
    if isinstance(value, float): return 'f' + (value.hex() if value == value and abs(value) != float('inf') else str(value))
    if isinstance(value, str): return 's' + value.encode('utf-8', 'surrogatepass').hex()
    if isinstance(value, list): return '[' + ','.join(map(show, value)) + ']'
    return '{' + ','.join(show(key) + ':' + show(item) for key, item in value.items()) + '}'
for line in sys.stdin:
    text = json.loads(line)
    try: json.loads(text); strict = True
    except ValueError: strict = False
    try: print(strict, show(json.loads(text, strict=False)))
    except ValueError as error: print('error')
"#;

fn show(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => show_number(number),
        Value::Text(text) => format!("s{}", hex::encode(text.as_bytes())),
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
        Value::Object(object) => {
            let member = |(key, value): (_, &Value)| {
                format!("{}:{}", show(&Value::Text(Clone::clone(key))), show(value))
            };
            format!("{{{}}}", object.iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}

fn show_number(number: &Number) -> String {
    let value = number.to_f64();
    match number.as_str() {
        "-0" => "i0".into(),
        digits if number.is_integer() => format!("i{digits}"),
        _ if value.is_nan() => "fnan".into(),
        _ if value.is_infinite() => {
            if value > 0.0 {
                "finf".into()
            } else {
                "f-inf".into()
            }
        }
        _ => format!("f{}", hex_float(value)),
    }
}

/// As Python's `float.hex`.
fn hex_float(value: f64) -> String {
    let bits = value.to_bits();
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (exponent, fraction) = (bits >> 52 & 0x7ff, bits & ((1 << 52) - 1));
    match (exponent, fraction) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, _) => format!("{sign}0x0.{fraction:013x}p-1022"),
        _ => format!("{sign}0x1.{fraction:013x}p{:+}", i64::try_from(exponent).unwrap() - 1023),
    }
}

fn document(rng: &mut fastrand::Rng, depth: u32) -> String {
    let space = ["", "", " ", "\n", "\t"][rng.usize(..5)];
    let many =
        |rng: &mut fastrand::Rng| (0..rng.usize(..4)).map(|_| document(rng, depth + 1)).collect::<Vec<_>>();
    match rng.u8(if depth > 4 { 2..9 } else { 0..9 }) {
        0 => format!("[{space}{}]", many(rng).join(",")),
        1 => {
            let members: Vec<_> =
                many(rng).into_iter().map(|value| format!("{}{space}:{value}", text(rng))).collect();
            format!("{{{}{space}}}", members.join(","))
        }
        2 | 3 => text(rng),
        4 => ["null", "true", "false", "NaN", "Infinity", "-Infinity", "nan", "-NaN"][rng.usize(..8)].into(),
        5 => format!("{}{}", rng.i64(..), ["", "0000000000", ".5", "e5", "E-400", ".0"][rng.usize(..6)]),
        6 => format!("{:?}", f64::from_bits(rng.u64(..))).replace("inf", "Infinity"),
        // The longest integer that Python reads, and one digit more.
        7 if rng.u8(..16) == 0 => format!("-{}", "9".repeat(rng.usize(4300..4302))),
        7 => {
            ["-0", "0", "-0.0", "1e400", "01", "1.", "-", "+1", ".5", "1e", "1e+", "0x1", "9007199254740993"]
                [rng.usize(..13)]
            .into()
        }
        _ => format!("{space}{}{space}", rng.u8(..)),
    }
}

fn text(rng: &mut fastrand::Rng) -> String {
    let pieces = [
        "a",
        "7",
        "07",
        "value",
        "é",
        "\u{1f600}",
        "\\n",
        "\\\"",
        "\\/",
        "\\u0041",
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\ude00",
        "\u{1}",
        "\t",
        "\\b\\f\\r\\t\\\\",
        "\\x",
        "\\u12",
        "\\uD83D\\uDE0",
        "\u{7f}",
        "\u{2028}",
    ];
    // The last of them are no JSON, or not what a strict reader takes: not in every text.
    let choice = if rng.u8(..8) == 0 { pieces.len() } else { pieces.len() - 5 };
    let chosen: String = (0..rng.usize(..4)).map(|_| pieces[rng.usize(..choice)]).collect();
    format!("\"{chosen}\"")
}

#[test]
fn documents_are_read_as_python_reads_them() {
    let mut rng = seeded("json");
    let mut documents: Vec<_> = (0..20_000).map(|_| document(&mut rng, 0)).collect();
    for number in 0..10_000 {
        let mut characters: Vec<_> = documents[number].chars().collect();
        let at = rng.usize(..characters.len());
        match rng.u8(..3) {
            0 => drop(characters.remove(at)),
            1 => characters.insert(at, ['"', ',', '}', ']', ':', '\\', '0', ' '][rng.usize(..8)]),
            _ => characters.truncate(at),
        }
        documents.push(characters.into_iter().collect());
    }

    let mut python = Command::new("python3")
        .args(["-c", ORACLE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tests need python3");
    let mut stdin = python.stdin.take().unwrap();
    let lines: String =
        documents.iter().map(|text| Value::Text(text.as_str().into()).to_json() + "\n").collect();
    let writing = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let answers = python.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(answers.status.success());
    let answers = String::from_utf8(answers.stdout).unwrap();
    assert_eq!(answers.lines().count(), documents.len());

    let (mut read, mut refused, mut not_strict) = (0, 0, 0);
    for (text, answer) in documents.iter().zip(answers.lines()) {
        let mut parser = Parser::of(text);
        let skipped = parser.skip().is_ok() && parser.end().is_ok();
        let ours = match parse(text) {
            Ok(value) => {
                format!("{} {}", if parser.has_raw_controls() { "False" } else { "True" }, show(&value))
            }
            Err(_) => "error".into(),
        };
        assert_eq!(ours, answer, "{text:?}");
        assert_eq!(skipped, ours != "error", "passing over it, and reading it, agree on {text:?}");
        read += u32::from(skipped);
        refused += u32::from(!skipped);
        not_strict += u32::from(skipped && parser.has_raw_controls());
        if let Ok(value) = parse(text) {
            assert_eq!(show(&parse(&value.to_json()).unwrap()), show(&value), "{text:?}");
        }
    }
    println!("{read} read, {not_strict} of them not strict; {refused} refused");
    assert!(read > 5_000 && refused > 5_000 && not_strict > 300);
}
