//! Inventories and playbooks that together use every key; the files that they name are made by `Reader`.

pub const INVENTORIES: [&str; 4] = [
    r#"
defaults:
  connection: ssh
  port: 22
  user: admin
  identity_file: key
  jump_host: me@bastion.example.org:22,other
  known_hosts: known_hosts
  ssh_config: ssh_config
  connect_timeout: 30s
  become: sudo
  become_password: ask
  vars: {a: 1}
  rollout: {batch: 100%}
  kubernetes: {ready_timeout: 4m}
groups:
  workers:
    connection: ssh
    port: 23
    user: admin
    identity_file: key
    jump_host: bastion
    known_hosts: known_hosts
    ssh_config: ssh_config
    connect_timeout: 1h
    become: sudo
    become_password: {file: sudo}
    playbook: p.yml
    vars: {b: [1, x], c: {d: null}}
    rollout:
      canary: 1
      batch: 25%
      max_failures: 0
      max_unavailable: 50%
      failed_wave: continue
      order: reverse
      soak: 10m
      deadline: 2h
      windows: [{days: [sat, sun], hours: "22:00-05:00", zone: Europe/Berlin}, {zone: UTC}]
    kubernetes:
      via: control
      kubeconfig: /etc/kubernetes/admin.conf
      context: prod
      ready_timeout: 5m
      drain: {ignore_daemonsets: true, force: false, delete_emptydir_data: true, grace: 60s, timeout: 10m}
    hosts:
      w-[01:03]:
      w-10: {node: ten, address: 10.0.0.10}
  control:
    hosts: {control: {address: 192.0.2.1}}
"#,
    r#"
defaults:
groups:
  g:
    playbook: p.yml
    vars:
    rollout:
    kubernetes: {kubeconfig: kubeconfig}
    hosts:
      a:
        connection: ssh
        port: 2222
        user: root
        identity_file: key
        jump_host: bastion
        known_hosts: known_hosts
        ssh_config: ssh_config
        connect_timeout: 5s
        become: sudo
        become_password: {env: SUDO}
        address: 2001:db8::1
        vars: {e: 1.5}
        node: node-a
"#,
    "groups: {local: {playbook: p.yml, connection: local, become: none, hosts: [here]}}",
    "{defaults: {vars: , rollout: , kubernetes: }, groups: {g: {playbook: p.yml, hosts: [a, 'b-[1:2]']}}}",
];

/// Small ones: what is changed in one is read anew each time.
pub const PLAYBOOKS: [&str; 9] = [
    r#"
name: host
kernel:
  package: linux-image-amd64
  require: {CONFIG_IMA: y, CONFIG_IMA_MEASURE_PCR_IDX: 10}
  edit: {CONFIG_IMA_DEFAULT_HASH: sha1}
mounts: {/: {options: [iversion]}, /var: {options: [iversion, noatime]}}
apt: {sandbox_user: root}
packages: [auditd]
services: [auditd, ssh.service]
appraisal: off
"#,
    r#"
name: boot
boot:
  cmdline:
    ima_policy: [tcb, appraise_tcb]
    lsm: +integrity
    dolvm: true
    quiet: false
    loglevel: 4
    rootflags: i_version
    console: [tty0, "ttyS0,115200"]
  trial_timeout: 15m
appraisal: log
"#,
    r#"
name: labels
boot: {cmdline: {ima_policy: appraise_tcb}}
policy: {template: policy.j2}
audit: {template: audit.j2, path: /etc/audit/rules.d/ima.rules}
labels:
  filesystem: ext4
  owner: root
  exclude: [/tmp, /var/lib/*]
  method: fix
  hooks: [dpkg]
  signature: {key: key, certificate: certificate.pem, paths: [/usr/local/bin]}
appraisal: enforce
"#,
    r#"
name: files
appraisal: fix
files:
  - {path: /etc/motd, content: hello, owner: root, group: 0, mode: "0644"}
  - {path: /etc/issue, template: audit.j2}
checks:
  - {name: before, before: enforce, command: "true", timeout: 30s}
  - {name: after, after: label, command: "true"}
"#,
    r#"
name: lists
boot: {cmdline: {ima_policy: false}}
policy:
  path: /etc/ima/policy.conf
  load: once
  rules: [audit func=BPRM_CHECK mask=MAY_EXEC, {action: dont_measure, fsmagic: 0x9fa0, fsname: ext4}]
audit: {rules: ["-w /etc/ima -p wa"], path: /etc/audit/rules.d/ima.rules}
labels:
  filesystems: [ext4, xfs]
  owner: 1000
  method: setxattr
  signature: {key: {env: KEY}, certificate: certificate.pem, paths: [/opt]}
appraisal: off
"#,
    r#"
name: texts
policy: {content: "measure func=BPRM_CHECK\n", path: /etc/ima/ima-policy, load: boot}
audit: {content: "-w /etc\n", path: /etc/audit/rules.d/ima.rules}
labels:
  filesystem: ext4
  method: setxattr
  signature: {key: {file: key}, certificate: certificate.pem, paths: [/]}
appraisal: log
"#,
    r#"
name: rules
appraisal: off
policy:
  rules:
    - {action: measure, func: BPRM_CHECK, mask: MAY_EXEC, uid: 0, pcr: 11, template: ima-ng}
    - {action: measure, func: FILE_CHECK, fs_subtype: sshfs, gid: 0, fgroup: 0, digest_type: verity, template: ima-ngv2}
    - {action: measure, func: KEY_CHECK, keyrings: [.ima, .evm]}
    - {action: measure, func: CRITICAL_DATA, label: [selinux]}
"#,
    r#"
name: more rules
appraisal: off
policy:
  rules:
    - {action: appraise, func: MODULE_CHECK, fowner: 0, appraise_type: [imasig, modsig], appraise_flag: check_blacklist}
    - {action: audit, func: BPRM_CHECK, euid: ">0", egid: 0}
    - {action: appraise, func: BPRM_CHECK, appraise_algos: [sha256, sha512], permit_directio: true}
    - {action: dont_appraise, obj_user: u, obj_role: r, obj_type: t, subj_user: u, subj_role: r, subj_type: t}
    - {action: dont_measure, fsuuid: 6f9b3ba2-0f4a-4a92-8d5b-0a3f0c1f8f11}
"#,
    "{name: least, appraisal: off}",
];
