use crate::{
    pipelines::{PAGE, gitlab_script, step},
    support::page,
};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// The first line of every comment.
pub const MARKER: &str = "<!-- imaform plan -->\n\n";

/// A checkout on a runner, with the stand-ins before everything else.
pub struct Runner(pub TempDir);

impl Runner {
    pub fn start() -> Self {
        let runner = Self(tempfile::tempdir().unwrap());
        for (name, text) in [
            ("imaform", include_str!("imaform")),
            ("gh", include_str!("gh")),
            ("curl", include_str!("curl")),
        ] {
            let path = runner.put(&format!("bin/{name}"), text);
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let page = fs::read_to_string(PAGE).unwrap();
        runner.put("ima-policy.j2", &page::blocks(&page, "ima-policy.j2")[0]);
        runner.put(
            "playbook.yml",
            "name: p\nappraisal: log\npolicy: {template: ima-policy.j2}\n",
        );
        runner.put(
            "inventory.yml",
            "groups: {web: {playbook: playbook.yml, hosts: ['web-[1:3]']}}\n",
        );
        // Others talk, too, and one of them has seen the marker.
        let others = ["first", &format!("{MARKER}not ours"), "third", "fourth"];
        let comments = others.iter().zip(1..);
        let comments: Vec<Value> = comments
            .map(|(body, id)| json!({ "id": id, "user": { "login": "somebody" }, "body": body }))
            .collect();
        runner.put("comments", &json!(comments).to_string());
        runner.plan(2, "a plan\n", "");
        runner
    }

    pub fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    /// What `imaform plan` will say.
    pub fn plan(&self, exit: i32, out: &str, error: &str) {
        self.put("plan.exit", &exit.to_string());
        self.put("plan.out", out);
        self.put("plan.say", error);
    }

    pub fn run(&self, script: &str, environment: &[(&str, &str)]) -> i32 {
        let path = format!(
            "{}:{}",
            self.0.path().join("bin").display(),
            std::env::var("PATH").unwrap()
        );
        let status = Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.0.path())
            .env("PATH", path)
            .env("IMAFORM", env!("CARGO_BIN_EXE_imaform"))
            .envs([("INVENTORY", "inventory.yml"), ("FACTS", "facts")])
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.unwrap().code().unwrap()
    }

    /// The last steps of the job of a pull request: the exit codes of `Plan` and of `Comment`.
    pub fn github(&self) -> (i32, i32) {
        let plan = self.run(&step("Plan"), &[("GITHUB_STEP_SUMMARY", "summary")]);
        let environment = [
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_RUN_ID", "99"),
            ("GH_TOKEN", "secret"),
            ("PULL_REQUEST", "7"),
        ];
        (plan, self.run(&step("Comment"), &environment))
    }

    pub fn gitlab(&self, token: &str) -> i32 {
        let environment = [
            ("CI_API_V4_URL", "https://gitlab.example/api/v4"),
            ("CI_PROJECT_ID", "5"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("IMAFORM_TOKEN", token),
        ];
        self.run(&gitlab_script(), &environment)
    }

    /// The comments of the pipeline, after those of others, which must be as they were.
    #[track_caller]
    pub fn own_comments(&self) -> Vec<String> {
        let comments: Vec<Value> = serde_json::from_str(&self.read("comments")).unwrap();
        let body = |comment: &Value| comment["body"].as_str().unwrap().to_owned();
        let bodies: Vec<String> = comments.iter().map(body).collect();
        assert_eq!(bodies[..4], ["first", &format!("{MARKER}not ours"), "third", "fourth"]);
        bodies[4..].to_vec()
    }
}
