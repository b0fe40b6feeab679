use super::{Files, INVENTORY, inventory, says};
use crate::config::{Connection, Origin, PasswordSource, Privilege};
use std::{path::Path, time::Duration};

fn hosts(text: &str) -> String {
    inventory(&format!("groups:\n  g:\n    playbook: p.yml\n    hosts: {text}\n"))
}

#[test]
fn a_host_is_given_once() {
    says(&hosts("[a, b, a]"), "the host \"a\" is given twice\n --> i.yml:4:19");
    says(&hosts("{a: , a: }"), "the host \"a\" is given twice");
    let errors = inventory("groups:\n  g: {playbook: p.yml, hosts: [a]}\n  h: {playbook: p.yml, hosts: [a]}\n");
    says(&errors, "the host \"a\" is given twice\n --> i.yml:3:32");
    says(&errors, "it is already given in line 2");
    says(
        &hosts("{w-3: , 'w-[1:4]': }"),
        "the host \"w-3\" is given twice (by the range \"w-[1:4]\")",
    );
}

#[test]
fn two_names_for_one_machine_are_refused() {
    let errors = hosts("{a: {address: 10.0.0.1}, b: {address: 10.0.0.1}}");
    says(&errors, "the hosts \"a\" and \"b\" are the same machine");
    says(&errors, "both are reached at 10.0.0.1");
    assert_eq!(
        hosts("{a: {address: 10.0.0.1, port: 22}, b: {address: 10.0.0.1, port: 23}}"),
        ""
    );
    says(
        &hosts("{a: {connection: local}, b: {connection: local}}"),
        "are the same machine",
    );
}

#[test]
fn a_range_is_complained_of_once() {
    let errors = hosts("{'a[1:5000]': {connection: local}}");
    assert_eq!(errors.matches("error: ").count(), 1, "{errors}");
    let errors = hosts("['w[1:9000]', 'w[1:9000]']");
    assert_eq!(errors.matches("error: ").count(), 1, "{errors}");
}

#[test]
fn ranges_that_make_no_sense() {
    says(
        &hosts("['w-[3:1]']"),
        "the range \"w-[3:1]\" is empty: it ends before it begins",
    );
    says(
        &hosts("['w-[1:99999]']"),
        "the range \"w-[1:99999]\" stands for more than 10000 hosts",
    );
    says(
        &hosts("['w-[0:18446744073709551615]']"),
        "stands for more than 10000 hosts",
    );
    says(
        &hosts("['w-[1:99999999999999999999]']"),
        "has a number that is too large",
    );
    says(&hosts("['a[1:1000]b[1:1000]']"), "stands for more than 10000 hosts");
    says(
        &hosts("['w-[01:100]']"),
        "has ends of different lengths, so its zeros are ambiguous",
    );
    says(&hosts("['w-[a:c]']"), "does not go from a number to a number");
    says(&hosts("['w-[1-3]']"), "has no `:` between its two ends");
    says(&hosts("['w-[1:3']"), "is not closed");
    says(&hosts("['w-1:3]']"), "has `]` without `[`");
    says(
        &hosts("{'w-[1:2]': {address: x}}"),
        "the range \"w-[1:2]\" gives one `address` to all its hosts",
    );
}

#[test]
fn ranges_keep_their_zeros() {
    let files = Files::new();
    files.put(
        "i.yml",
        "groups:\n  g:\n    playbook: p.yml\n    hosts: {'w-[08:11]x': {port: 7}, 'v[9:10]': }\n",
    );
    let names: Vec<_> = files
        .load()
        .unwrap()
        .targets
        .into_iter()
        .map(|target| target.name)
        .collect();
    assert_eq!(names, ["w-08x", "w-09x", "w-10x", "w-11x", "v9", "v10"]);
}

#[test]
fn hostile_names_are_refused() {
    says(
        &hosts("['$(touch /tmp/x)']"),
        "the host name \"$(touch /tmp/x)\" holds the character \"$\"",
    );
    says(&hosts("[\"a'b\"]"), "holds the character \"'\"");
    says(&hosts("[\"a\\nb\"]"), "the host name holds a newline: \"a\\nb\"");
    says(&hosts("[\"a\\0b\"]"), "the host name holds a NUL character");
    says(
        &hosts("['-oProxyCommand=x']"),
        "begins with `-`, so a program would take it for an option",
    );
    says(
        &hosts("{a: {address: '-oProxyCommand=x'}}"),
        "the address \"-oProxyCommand=x\" begins with `-`",
    );
    says(
        &hosts("{a: {address: 'root@b'}}"),
        "the address \"root@b\" holds a user",
    );
    says(&hosts("{a: {address: \"b\\n\"}}"), "the address holds a newline");
    says(&hosts("{a: {address: ''}}"), "the address is empty");
    says(&hosts("{a: {user: '-l'}}"), "the user \"-l\" begins with `-`");
    says(
        &hosts("{a: {user: 'a b'}}"),
        "the user \"a b\" holds the character \" \"",
    );
    says(
        &hosts("{a: {jump_host: 'b,-x'}}"),
        "the jump host \"-x\" begins with `-`",
    );
    says(
        &hosts("{a: {jump_host: 'b;reboot'}}"),
        "the jump host \"b;reboot\" holds the character \";\"",
    );
    says(&hosts("['..']"), "the host name \"..\" begins with `.`");
    says(&hosts("[1]"), "`hosts`: expected a string, found the number 1");
    says(
        &hosts("a"),
        "`hosts`: expected a mapping or a list of host names, found the string \"a\"",
    );
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    says(
        &hosts("{a: {connection: local, port: 22}}"),
        "`port` has no meaning with `connection: local`",
    );
    says(
        &hosts("{a: {become: none, become_password: ask}}"),
        "`become_password` has no meaning with `become: none`",
    );
    let errors = inventory("groups: {g: {playbook: p.yml, connection: local, hosts: {a: {address: b}}}}\n");
    says(&errors, "`address` has no meaning with `connection: local`");
    says(&hosts("{a: {prot: 22}}"), "did you mean `port`?");
}

#[test]
fn files_that_ssh_needs_must_exist() {
    says(&hosts("{a: {identity_file: no/key}}"), "`identity_file`: \"");
    says(&hosts("{a: {identity_file: no/key}}"), "no/key\" does not exist");
    says(&hosts("{a: {known_hosts: .}}"), "is no file");
    says(
        &hosts("{a: {ssh_config: '~bob/config'}}"),
        "the path \"~bob/config\" names another user's home",
    );
    says(&hosts("{a: {ssh_config: \"a\\nb\"}}"), "the path holds a newline");
    says(&hosts("{a: {ssh_config: ''}}"), "the path is empty");
}

#[test]
fn the_innermost_setting_wins() {
    let files = Files::new();
    files.put("keys/id", "");
    files.put(
        "i.yml",
        "defaults: {user: d, port: 1, become_password: {file: pw}, vars: {x: 1, y: {a: 1}, z: 1}}
groups:
  g:
    playbook: p.yml
    port: 2
    identity_file: keys/id
    vars: {y: {b: 2}}
    hosts:
      a:
      b: {port: 3, user: root, address: '2001:db8::1', connect_timeout: 2m, vars: {z: off}}
      c: {become: none}
  l: {playbook: p.yml, hosts: {d: {connection: local}}}
",
    );
    let site = files.load().unwrap_or_else(|found| panic!("{found}"));
    let ssh = |index: usize| match &site.targets[index].connection {
        Connection::Ssh(ssh) => ssh,
        Connection::Local => panic!("local"),
    };
    let directory = files.0.path();
    assert_eq!(
        (ssh(0).address.as_str(), ssh(0).port, ssh(0).user.as_deref()),
        ("a", Some(2), Some("d"))
    );
    assert_eq!(
        ssh(0).identity_file.as_deref(),
        Some(directory.join("keys/id").as_path())
    );
    assert_eq!(ssh(0).connect_timeout, Duration::from_secs(30));
    assert_eq!(
        (ssh(1).address.as_str(), ssh(1).port, ssh(1).user.as_deref()),
        ("2001:db8::1", Some(3), Some("root"))
    );
    assert_eq!(ssh(1).connect_timeout, Duration::from_secs(120));
    let password = Some(PasswordSource::File(directory.join("pw")));
    assert_eq!(site.targets[0].privilege, Privilege::Sudo { password });
    assert_eq!(site.targets[1].privilege, Privilege::None);
    assert_eq!(site.targets[2].privilege, Privilege::None);
    assert_eq!(
        (&site.targets[3].connection, &site.targets[3].privilege),
        (&Connection::Local, &Privilege::None)
    );
    let vars = serde_json::to_string(&site.targets[1].vars).unwrap();
    assert_eq!(vars, r#"{"x":1,"y":{"b":2},"z":"off"}"#);
    let origins: Vec<_> = site.targets[1].origins.values().copied().collect();
    assert_eq!(origins, [Origin::Defaults, Origin::Group, Origin::Host]);
}

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let files = Files::new();
    files.put(
        "books/q.yml",
        "name: q\nappraisal: log\npolicy: {template: ../t/x.j2}\n",
    );
    files.put("t/x.j2", "measure func=BPRM_CHECK");
    files.put("inv/i.yml", &INVENTORY.replace("p.yml", "../books/q.yml"));
    let site = crate::config::Site::load(&files.0.path().join("inv/i.yml")).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(site.targets[0].playbook, files.0.path().join("books/q.yml"));
    assert_eq!(
        site.targets[0].desired.policy.as_ref().unwrap().content,
        "measure func=BPRM_CHECK\n"
    );
    assert!(Path::new(&site.inventory).ends_with("inv/i.yml"));
}
