//! Every vector that upstream's own code gave, bit for bit.

use annals_gpu::upstream::{
    AttemptEvidence, Config, Finding, Matrix, RowTree, Sibling, adjusted_size, identify_gpu, leads_to_root,
    pog_score, required_passes, validator_element,
};
use annals_log::json::{self as exact, Value as Exact};
use annals_log::{Hash, Upstream};
use serde_json::{Value, json};

const VERSIONS: [(&str, Upstream); 2] = [("v1_9_0", Upstream::V1_9_0), ("v1_8_3", Upstream::V1_8_3)];

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/golden/pog_vectors.json");
    same(&exact::parse(&std::fs::read_to_string(path).unwrap()).unwrap())
}

/// Returns the same value with floats to the last bit, which the library's own reader does not promise.
fn same(value: &Exact) -> Value {
    match value {
        Exact::Null => Value::Null,
        Exact::Bool(value) => Value::Bool(*value),
        Exact::Number(number) if number.is_integer() => number.as_str().parse().map(Value::Number).unwrap(),
        Exact::Number(number) => number.to_f64().into(),
        Exact::Text(text) => text.as_str().unwrap().into(),
        Exact::List(items) => items.iter().map(same).collect(),
        Exact::Object(object) => {
            object.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), same(value))).collect()
        }
    }
}

/// Returns the cases of a kind; there are as many as the vectors' own page says.
fn cases(kind: &str, count: usize) -> Vec<Value> {
    let Value::Array(cases) = vectors()[kind].take() else { panic!("no {kind}") };
    assert_eq!(cases.len(), count);
    cases
}

fn float(case: &Value, field: &str) -> f64 {
    case[field].as_f64().unwrap()
}

fn whole(case: &Value, field: &str) -> u64 {
    case[field].as_u64().unwrap()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

fn hash(text: &Value) -> Hash {
    Hash(hex::decode(text.as_str().unwrap()).unwrap().try_into().unwrap())
}

fn row(text: &str) -> Vec<f32> {
    hex::decode(text).unwrap().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[test]
fn elements_are_upstreams() {
    for case in cases("prng", 300) {
        let seed = text(&case, "seed").parse().unwrap();
        let element = validator_element(seed, whole(&case, "i"), whole(&case, "j"));
        assert_eq!(element.to_bits(), float(&case, "value").to_bits(), "{case}");
    }
}

#[test]
fn sizes_are_upstreams() {
    for case in cases("adjust_matrix_size", 28) {
        let element_bytes = u32::try_from(whole(&case, "element_size")).unwrap();
        let size = adjusted_size(float(&case, "vram"), element_bytes, float(&case, "buffer_factor"));
        assert_eq!(size, Some(whole(&case, "n")), "{case}");
    }
    assert_eq!((adjusted_size(-1.0, 2, 1.0), adjusted_size(f64::NAN, 2, 1.0)), (None, None));
}

#[test]
fn trees_and_proofs_are_upstreams() {
    for case in cases("merkle", 41) {
        let rows = case["rows_f32_hex"].as_array().unwrap();
        let elements = rows.iter().flat_map(|text| row(text.as_str().unwrap())).collect();
        let n = usize::try_from(whole(&case, "n")).unwrap();
        let index = whole(&case, "index");
        // A row of these vectors has as many elements as there are rows.
        let tree = RowTree::over(&Matrix::from_elements(n, elements));
        let siblings = case["proof"].as_array().unwrap().iter();
        let proof: Vec<_> = siblings.map(|sibling| Sibling(hash(sibling).0.to_vec())).collect();
        assert_eq!(tree.root(), hash(&case["root"]), "{case}");
        assert_eq!(tree.proof(usize::try_from(index).unwrap()), proof, "{case}");

        let opened = row(rows[usize::try_from(index).unwrap()].as_str().unwrap());
        let leads = |row: &[f32], index| leads_to_root(row, &proof, &tree.root(), index);
        assert_eq!(leads(&opened, index), case["verifies"].as_bool().unwrap());
        assert_eq!(leads(&opened, (index + 1) % n as u64), case["wrong_index_verifies"].as_bool().unwrap());
        let mut tampered = opened;
        tampered[0] += 1.0;
        assert_eq!(leads(&tampered, index), case["tampered_row_verifies"].as_bool().unwrap());
    }
}

#[test]
fn responses_are_judged_as_upstream_judges_them() {
    for case in cases("verify_responses", 24) {
        let mut gpus = case["gpus"].clone();
        let tampered: Vec<_> =
            gpus.as_array_mut().unwrap().iter_mut().map(|gpu| gpu["tamper"].take()).collect();
        gpus.as_array_mut()
            .unwrap()
            .iter_mut()
            .for_each(|gpu| _ = gpu.as_object_mut().unwrap().remove("tamper"));
        let attempt = json!({"n": case["n"], "gpus": gpus}).to_string();
        let (findings, pass) = AttemptEvidence::parse(&attempt).unwrap().check();
        assert_eq!(pass, case["passes"].as_bool().unwrap());
        for (tampered, finding) in tampered.iter().zip(findings) {
            let expected = match tampered.as_str().unwrap() {
                "ok" => Finding::Passed,
                "value" => Finding::WrongValue,
                "proof" => Finding::WrongProof,
                other => panic!("{other}"),
            };
            assert_eq!(finding, expected);
        }
    }
    let required: Vec<_> = (0..=9).map(required_passes).collect();
    assert_eq!(required, [0, 1, 2, 3, 3, 4, 5, 6, 6, 7]);
}

#[test]
fn gpus_are_identified_as_upstream_does() {
    for case in cases("identify_gpu", 200) {
        let (fp16, fp32, avram) = (float(&case, "fp16"), float(&case, "fp32"), float(&case, "avram"));
        let config = Config::of(Upstream::V1_9_0);
        let identified = identify_gpu(fp16, fp32, avram, case["reported"].as_str(), config);
        assert_eq!(identified, text(&case, "identified"), "{case}");
    }
}

#[test]
fn scores_are_upstreams() {
    for case in cases("calc_score_pog", 484) {
        let (_, version) = VERSIONS.into_iter().find(|(label, _)| *label == text(&case, "config")).unwrap();
        let (name, gpus) = (case["gpu_name"].as_str(), case["num_gpus"].as_f64());
        let score = pog_score(name, gpus, Config::of(version).scores);
        assert_eq!(score.to_bits(), float(&case, "score").to_bits(), "{case}");
    }
}

#[test]
fn configurations_are_upstreams() {
    let vectors = vectors();
    for (label, version) in VERSIONS {
        let (told, ours) = (&vectors[format!("config_{label}")], Config::of(version));
        let (performance, proof) = (&told["gpu_performance"], &told["merkle_proof"]);
        assert_eq!(performance["GPU_TFLOPS_FP16"].as_object().unwrap().len(), ours.gpus.len());
        for gpu in ours.gpus {
            assert_eq!(performance["GPU_TFLOPS_FP16"][gpu.name].as_f64(), Some(gpu.tflops_fp16));
            assert_eq!(performance["GPU_TFLOPS_FP32"][gpu.name].as_f64(), Some(gpu.tflops_fp32));
            assert_eq!(performance["GPU_AVRAM"][gpu.name].as_f64(), Some(gpu.avram_gb));
        }
        assert_eq!(performance["gpu_scores"].as_object().unwrap().len(), ours.scores.len());
        for (name, score) in ours.scores {
            assert_eq!(performance["gpu_scores"][name].as_f64(), Some(*score));
        }
        let pairs = performance["gpu_tolerance_pairs"].as_object().unwrap();
        assert_eq!(pairs.len(), ours.tolerance_pairs.len());
        assert!(ours.tolerance_pairs.iter().all(|(one, other)| pairs[*one].as_str() == Some(*other)));
        assert_eq!(proof["time_tolerance"].as_f64(), Some(ours.time_tolerance));
        assert_eq!(proof["pog_retry_limit"].as_u64(), Some(u64::from(ours.retry_limit)));
        assert_eq!(proof["pog_retry_interval"].as_u64(), Some(u64::from(ours.retry_interval)));
    }
}

#[test]
fn evidence_that_is_none_is_refused_with_the_name_of_the_field() {
    let zeros = "00".repeat(32);
    let gpu = json!({"seed_a": "1", "seed_b": "2", "root": zeros, "index": [0, 0], "row_f32_hex": "00000000", "proof": []});
    let refusal = |field: &str, value: Value| {
        let mut gpu = gpu.clone();
        gpu[field] = value;
        AttemptEvidence::parse(&json!({"n": 1, "gpus": [gpu]}).to_string()).unwrap_err().to_string()
    };
    assert_eq!(refusal("index", json!([1, 0])), "index of GPU 0: not inside of the matrix");
    assert_eq!(refusal("seed_a", json!("-1")), "seed_a of GPU 0: no u64");
    assert_eq!(refusal("root", json!("00")), "root of GPU 0: no SHA-256 in hex");
    assert_eq!(refusal("proof", json!(["zz"])), "proof of GPU 0: no digest in hex");
    assert_eq!(
        refusal("proof", json!(vec![zeros.clone(); 65])),
        "proof of GPU 0: longer than that of any tree"
    );
    let long = json!("00".repeat(8));
    assert_eq!(refusal("row_f32_hex", long), "row_f32_hex of GPU 0: not at most n elements of four bytes");
    assert_eq!(refusal("another", json!(1)), "no attempt of upstream's protocol");

    let parsed = |attempt: Value| AttemptEvidence::parse(&attempt.to_string());
    assert_eq!(
        parsed(json!({"n": 0, "gpus": [gpu]})).unwrap_err().to_string(),
        "n is 0, it is from 1 to 131072"
    );
    assert_eq!(
        parsed(json!({"n": 1, "gpus": []})).unwrap_err().to_string(),
        "0 GPUs, there are from 1 to 64"
    );
    // A row without the element that was asked for: upstream raises, and the attempt fails.
    let mut short = gpu.clone();
    short["row_f32_hex"] = json!("");
    assert_eq!(parsed(json!({"n": 1, "gpus": [short]})).unwrap().check(), (vec![Finding::ShortRow], false));
}
