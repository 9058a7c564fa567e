//! The scripts and manifests of `examples/scale`: tasks of array jobs are run here as the cluster would run them, with a
//! stand-in for vLLM, and come to what one run comes to.

use super::batch::executed;
use crate::support::Workspace;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SHARDS: usize = 3;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/scale")
}

/// The documents of a manifest.
fn manifest(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    let documents = text.split("\n---\n");
    documents
        .map(|one| serde_saphyr::from_str(one).unwrap_or_else(|e| panic!("{name}: {e}")))
        .collect()
}

/// What describes pods in a manifest, however deep.
fn pods<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            if map.contains_key("containers") {
                found.push(value);
            }
            map.values().for_each(|v| pods(v, found));
        }
        Value::Array(items) => items.iter().for_each(|v| pods(v, found)),
        _ => {}
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// A task of an array job, as bash runs it.
fn task(place: &Workspace, script: &[&str], environment: &[(&str, &str)]) {
    let binary = Path::new(env!("CARGO_BIN_EXE_wording")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = place.path().join("bin");
    let said = Command::new("bash")
        .args(script)
        .current_dir(place.path())
        .env_clear()
        .env(
            "PATH",
            format!("{}:{}:{path}", bin.display(), binary.display()),
        )
        .env("HOME", place.path().join("home"))
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(said.status.success(), "{script:?}: {said:?}");
}

/// The script of an indexed job for a task, with the folder of all at `data`.
fn script(name: &str, data: &Path) -> String {
    let job = manifest(name).remove(0);
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(
        container["command"],
        serde_json::json!(["/bin/bash", "-euc"])
    );
    let script = container["args"][0].as_str().unwrap();
    script.replace("/data/", &format!("{}/", data.display()))
}

/// A folder as the pods see it: this folder as `scale`, the sample as `project`.
fn shared() -> (Workspace, Workspace) {
    let (place, project) = (Workspace::empty(), Workspace::sample());
    std::os::unix::fs::symlink(project.path(), place.path().join("project")).unwrap();
    std::os::unix::fs::symlink(folder(), place.path().join("scale")).unwrap();
    (place, project)
}

#[test]
fn manifests_hold_together() {
    let names = [
        "desk.yaml",
        "rayjob.yaml",
        "shards-job.yaml",
        "vllm-job.yaml",
        "vllm-server.yaml",
    ];
    let claims: Vec<Value> = manifest("desk.yaml")
        .iter()
        .filter(|d| d["kind"] == "PersistentVolumeClaim")
        .map(|d| d["metadata"]["name"].clone())
        .collect();
    for name in names {
        let documents = manifest(name);
        for document in &documents {
            for key in ["apiVersion", "kind"] {
                assert!(document[key].is_string(), "{name}: {key}");
            }
            assert!(document["metadata"]["name"].is_string(), "{name}");
            if document["kind"] == "Job" {
                let spec = &document["spec"];
                assert_eq!(spec["completionMode"], "Indexed", "{name}");
                assert!(spec["completions"].as_u64() >= spec["parallelism"].as_u64());
            }
            let mut found = Vec::new();
            pods(document, &mut found);
            for pod in found {
                let volumes = list(pod, "volumes");
                for container in list(pod, "containers") {
                    for mount in list(container, "volumeMounts") {
                        let there = volumes.iter().any(|v| v["name"] == mount["name"]);
                        assert!(there, "{name}: {mount}");
                    }
                }
                for claim in volumes
                    .iter()
                    .filter_map(|v| v.get("persistentVolumeClaim"))
                {
                    assert!(claims.contains(&claim["claimName"]), "{name}: {claim}");
                }
            }
        }
    }
    let [server, service] = &manifest("vllm-server.yaml")[..] else {
        panic!("a server and its service");
    };
    let labels = &server["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&server["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(&service["spec"]["selector"], labels);
}

#[test]
fn tasks_of_array_jobs_make_the_run() {
    let expected = Workspace::sample().run(&["run", "sentiment", "--format", "json"]);
    let (place, project) = shared();
    let job = manifest("shards-job.yaml").remove(0);
    let whole = script("shards-job.yaml", place.path());
    let of = format!(" {} ", job["spec"]["completions"]);
    assert!(
        whole.contains(&of),
        "as many parts as there are tasks: {whole}"
    );
    let script = whole.replace(&of, &format!(" {SHARDS} "));
    // Some of the tasks with Kubernetes, one of them twice, and one with SLURM.
    for index in ["0", "1", "1"] {
        let scratch = place.path().join("scratch").join(index);
        let environment = [
            ("JOB_COMPLETION_INDEX", index),
            ("SCRATCH", scratch.to_str().unwrap()),
        ];
        task(&place, &["-euc", &script], &environment);
        fs::remove_dir_all(scratch).unwrap();
    }
    let (scale, stores) = (folder(), place.path().join("stores"));
    let environment = [
        ("SLURM_SUBMIT_DIR", scale.to_str().unwrap()),
        ("SLURM_ARRAY_TASK_ID", "3"),
        ("SHARDS", "3"),
        ("PROJECT", project.path().to_str().unwrap()),
        ("EXPERIMENT", "sentiment"),
        ("STORES", stores.to_str().unwrap()),
    ];
    let slurm = folder().join("slurm-shards.sh");
    task(&place, &[slurm.to_str().unwrap()], &environment);

    let parts: Vec<String> = (1..=SHARDS)
        .map(|k| {
            stores
                .join(format!("shard-{k}-of-{SHARDS}.db"))
                .display()
                .to_string()
        })
        .collect();
    let mut args = vec!["runs", "merge"];
    args.extend(parts.iter().map(String::as_str));
    let said = project.run(&args);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = project.run(&["report", "-o", "r.json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let merged: Value = serde_json::from_str(&project.read("r.json")).unwrap();
    assert_eq!(merged["trials"], expected.json()["trials"]);
}

#[test]
fn request_files_are_answered_a_task_each_and_once() {
    let (place, project) = shared();
    let said = project.run(&[
        "batch",
        "export",
        "sentiment",
        "--max-requests",
        "150",
        "--format",
        "json",
    ]);
    let exported = said.json();
    let files = exported["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    // What vLLM would write, and a program of its name that copies it.
    for file in files {
        let file = project.path().join(file["path"].as_str().unwrap());
        let lines: String = executed(std::slice::from_ref(&file))
            .iter()
            .map(|r| format!("{r}\n"))
            .collect();
        let name = file.file_name().unwrap().to_str().unwrap();
        place.write(&format!("ready/{name}"), &lines);
    }
    let vllm = place.write(
        "bin/vllm",
        "#!/usr/bin/env bash\nset -eu\n[ \"$1 $2 $4 $6 $7\" = 'run-batch -i -o --model some/model' ]\n\
         cp \"ready/$(basename \"$3\")\" \"$5\"\n",
    );
    fs::set_permissions(vllm, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let script = script("vllm-job.yaml", place.path());
    for index in ["0", "1", "2", "3"] {
        let environment = [("JOB_COMPLETION_INDEX", index), ("MODEL", "some/model")];
        task(&place, &["-euc", &script], &environment);
    }
    // The tasks are done: with SLURM, none of them asks vLLM again.
    fs::remove_dir_all(place.path().join("ready")).unwrap();
    let (scale, data) = (folder(), place.path().display().to_string());
    let (requests, results) = (format!("{data}/project/batch"), format!("{data}/results"));
    for number in ["1", "2", "3"] {
        let environment = [
            ("SLURM_SUBMIT_DIR", scale.to_str().unwrap()),
            ("SLURM_ARRAY_TASK_ID", number),
            ("REQUESTS", &requests),
            ("RESULTS", &results),
            ("MODEL", "some/model"),
        ];
        let slurm = folder().join("slurm-vllm.sh");
        task(&place, &[slurm.to_str().unwrap()], &environment);
    }
    let mut args = vec!["batch".to_owned(), "import".to_owned()];
    for entry in fs::read_dir(&results).unwrap() {
        args.push(entry.unwrap().path().display().to_string());
    }
    assert_eq!(args.len(), 5);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(project.run(&args).code, 0);
    let summary = project.run(&["run", "sentiment", "--format", "json"]);
    assert_eq!(summary.json()["trials"]["sent"], 0, "{}", summary.err);
}
