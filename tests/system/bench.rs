//! That the bench runs and prints every figure. How fast this machine is fails nothing.

use std::process::Command;

use serde_json::Value;

/// Every figure that `./dev bench` promises.
const METRICS: [&str; 30] = [
    "today",
    "job_page",
    "save_p50",
    "save_p95",
    "part_search_p95",
    "job_body",
    "job_card",
    "delta_500",
    "w1_push",
    "w1_push_cpu",
    "w1_push_bytes",
    "sync_nothing_bytes",
    "sync_nothing_p50",
    "sync_nothing_p95",
    "w2_pull",
    "w2_pull_cpu",
    "w2_check",
    "w2_pull_bytes",
    "w2_server_memory",
    "w3_burst",
    "push_sustained",
    "pull_all",
    "sync_nothing_rate",
    "fdatasync",
    "push_500_p50",
    "push_500_p99",
    "push_500_max",
    "nothing_bodies",
    "nothing_grown",
    "op_grown",
];

#[test]
fn the_bench_prints_every_figure_beside_its_floor() {
    let bench = Command::new(env!("CARGO_BIN_EXE_bench")).args(["--small", "--json"]).output().unwrap();
    let said = String::from_utf8(bench.stdout).unwrap();
    assert!(bench.status.success(), "{said}{}", String::from_utf8_lossy(&bench.stderr));
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let named: Vec<&str> = lines.iter().map(|line| line["metric"].as_str().unwrap()).collect();
    assert_eq!(named, METRICS);
    for line in &lines {
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["floor", "metric", "ratio", "unit", "value"], "{line}");
        for figure in ["value", "floor", "ratio"] {
            assert!(line[figure].as_f64().is_some_and(|figure| figure > 0.0), "{figure} of {line}");
        }
    }
}
