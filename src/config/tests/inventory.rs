use super::{Files, inventory, says};

#[test]
fn an_error_shows_its_line_and_what_to_do() {
    let errors = inventory("defaults:\n  usr: admin\ngroups:\n  g:\n    playbook: p.yml\n    hosts: [a]\n");
    let expected = r#"error: unknown key "usr" in `defaults`
 --> i.yml:2:3
  |
2 |   usr: admin
  |   ^^^
  |
  = help: did you mean `user`?"#;
    assert_eq!(errors, expected);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let files = Files::new();
    files.put(
        "i.yml",
        "deflts: {}\ngroups:\n  g: {playbook: p.yml, hosts: [a], port: x}\n",
    );
    files.put("p.yml", "name: p\nappraisal: log\npackages: [A]\nservices: ['-x']\n");
    let errors = files.errors();
    for part in ["\"deflts\"", "`port`", "\"A\" is no package name", "service name"] {
        says(&errors, part);
    }
    assert_eq!(errors.matches("error: ").count(), 4, "{errors}");
}

#[test]
fn unknown_keys_without_a_neighbour_list_what_is_valid() {
    says(
        &inventory("xyzzy: 1\ngroups: {g: {playbook: p.yml, hosts: [a]}}\n"),
        "valid here: `defaults`, `groups`",
    );
}

#[test]
fn what_is_not_implemented_is_not_accepted() {
    let errors = inventory("groups:\n  g:\n    playbook: p.yml\n    children: {}\n    hosts: [a]\n");
    says(&errors, "unknown key \"children\" in the group \"g\"");
}

#[test]
fn duplicate_keys_name_the_first_line() {
    let errors = inventory("groups:\n  g:\n    playbook: p.yml\n    playbook: p.yml\n    hosts: [a]\n");
    says(&errors, "duplicate key \"playbook\" in the group \"g\"\n --> i.yml:4:5");
    says(&errors, "it is already given in line 3");
    says(
        &inventory("groups:\n  g: {playbook: p.yml, hosts: [a]}\n  g: {}\n"),
        "duplicate key \"g\" in `groups`",
    );
    let errors = inventory("defaults: {vars: {a: 1, a: 2}}\ngroups: {g: {playbook: p.yml, hosts: [a]}}\n");
    says(&errors, "duplicate key \"a\" in `vars`");
}

#[test]
fn wrong_types_say_what_was_expected_and_found() {
    let with = |line: &str| {
        inventory(&format!(
            "defaults:\n  {line}\ngroups: {{g: {{playbook: p.yml, hosts: [a]}}}}\n"
        ))
    };
    says(
        &with("port: ssh"),
        "`port`: expected a whole number from 1 to 65535, found the string \"ssh\"",
    );
    says(
        &with("port: 65536"),
        "`port`: expected a whole number from 1 to 65535, found the number 65536",
    );
    says(&with("user: 1000"), "`user`: expected a string, found the number 1000");
    says(&with("user: 1000"), "put it in quotes: \"1000\"");
    says(&with("user: [a]"), "`user`: expected a string, found a list");
    says(&with("user:"), "`user`: expected a string, found nothing");
    says(
        &with("connect_timeout: 30"),
        "`connect_timeout`: expected a time, found the number 30",
    );
    says(
        &with("connect_timeout: 30"),
        "write a number and its unit: `30s`, `10m` or `2h`",
    );
    says(&with("connect_timeout: 30d"), "`connect_timeout`: \"30d\" is no time");
    says(&with("connect_timeout: 0s"), "\"0s\" is not between 1s and 24h");
    says(
        &with("become: sudoo"),
        "`become`: expected one of sudo, none, found the string \"sudoo\"",
    );
    says(
        &with("become: true"),
        "`become`: expected one of sudo, none, found the boolean true",
    );
    says(
        &with("connection: paramiko"),
        "`connection`: expected one of ssh, local",
    );
    says(
        &with("vars: [a]"),
        "`vars`: expected a mapping of names to values, found a list",
    );
    says(&with("address: x"), "unknown key \"address\" in `defaults`");
    says(&inventory("- a\n"), "the inventory: expected a mapping, found a list");
    says(&inventory(""), "the inventory: expected a mapping, found nothing");
    says(
        &inventory("groups: [a]\n"),
        "`groups`: expected a mapping, found a list",
    );
    says(
        &inventory("groups: {g: 1}\n"),
        "the group \"g\": expected a mapping, found the number 1",
    );
}

#[test]
fn what_is_no_yaml_is_placed() {
    let errors = inventory("groups:\n  g: [a\n");
    says(&errors, "not valid YAML: ");
    says(&errors, "--> i.yml:2:6");
    says(&inventory("a: *b\n"), "not valid YAML: alias references unknown anchor");
    says(
        &inventory("a: 1\n---\nb: 1\n"),
        "not valid YAML: multiple YAML documents",
    );
    says(&inventory("a: !ruby/object x\n"), "not valid YAML: unsupported tag");
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let row = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{row}]\n"));
    }
    says(&inventory(&text), "not valid YAML: ");
}

#[test]
fn missing_and_unreadable_files() {
    let files = Files::new();
    let errors = super::Site::load(&files.0.path().join("none.yml"))
        .unwrap_err()
        .to_string();
    says(&errors, "cannot read the file: it does not exist");
    says(&errors, "none.yml");
    let errors = super::Site::load(files.0.path()).unwrap_err().to_string();
    says(&errors, "cannot read the file: it is a directory");
    std::fs::write(files.0.path().join("i.yml"), b"a: \xff\n").unwrap();
    says(&files.errors(), "cannot read the file: it is not UTF-8 (byte 3)");
    let errors = inventory("groups:\n  g:\n    playbook: q.yml\n    hosts: [a]\n");
    says(
        &errors,
        "the playbook q.yml: cannot read the file: it does not exist\n --> i.yml:3:15",
    );
}

#[test]
fn groups_must_have_hosts_and_a_playbook() {
    for hosts in ["", "hosts:", "hosts: {}", "hosts: []"] {
        let errors = inventory(&format!("groups:\n  g:\n    playbook: p.yml\n    {hosts}\n"));
        says(&errors, "the group \"g\" has no hosts");
    }
    says(
        &inventory("groups:\n  g:\n    hosts: [a]\n"),
        "the group \"g\" has no `playbook`",
    );
    says(&inventory("groups: {}\n"), "the inventory has no groups");
    says(&inventory("defaults: {}\n"), "the inventory has no `groups`");
    says(
        &inventory("groups: {'a b': {playbook: p.yml, hosts: [a]}}\n"),
        "the group name \"a b\" holds the character \" \"",
    );
}

#[test]
fn variables_have_names_that_templates_can_use() {
    let with = |vars: &str| {
        inventory(&format!(
            "groups: {{g: {{playbook: p.yml, hosts: [a], vars: {{{vars}}}}}}}\n"
        ))
    };
    says(&with("audit-backlog: 1"), "\"audit-backlog\" is no name for a variable");
    says(&with("host: x"), "the variable `host` is set by imaform");
    says(
        &with("n: 123456789012345678901234567890"),
        "the number 123456789012345678901234567890 cannot be kept exactly",
    );
    says(&with("n: .nan"), "not valid YAML: non-finite float");
    assert_eq!(with("n: 1.5, m: [1, {a: ~}], o: 18446744073709551615, z: 0644"), "");
}

#[test]
fn a_password_is_never_shown() {
    let with = |value: &str| {
        inventory(&format!(
            "defaults:\n  become_password: {value}\ngroups: {{g: {{playbook: p.yml, hosts: [a]}}}}\n"
        ))
    };
    let errors = with("hunter2");
    says(&errors, "`become_password` must say where the password comes from");
    says(&errors, "--> i.yml:2:3");
    assert!(!errors.contains("hunter2"), "{errors}");
    says(&with("{}"), "`become_password` needs `file` or `env`");
    says(
        &with("{file: a, env: B}"),
        "`become_password` takes only one of `file` or `env`",
    );
    says(&with("{env: 'A B'}"), "\"A B\" is no environment variable's name");
}

#[test]
fn an_excerpt_cannot_steer_a_terminal() {
    let errors = inventory("groups:\n  g: {playbook: p.yml, hosts: [\"\\eJx\"]}\n");
    says(&errors, "the host name holds a control character: \"\\u{1b}Jx\"");
    assert!(!errors.contains('\u{1b}'));
}
